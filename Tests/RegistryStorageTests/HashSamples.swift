//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Made-up content, and what independent implementations make of its first bytes.
///
/// The digests are those of Python's `hashlib`; the chaining values were computed from the text of FIPS 180-4, by a program
/// whose digests agree with `hashlib`.
enum HashSamples {
    static func bytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 / 256) } }

    struct Sample: Sendable {
        let count: Int
        let chain: String
        let digest: String
    }

    static let sha256 = [
        Sample(
            count: 0,
            chain: "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19",
            digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        ),
        Sample(
            count: 3,
            chain: "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19",
            digest: "b361d0f9a938a2bb4fbdc9c21dc5a859788041b0040919d8a811c1888184f4df"
        ),
        Sample(
            count: 200,
            chain: "e3e373e3db0a3adf2e69c78a752a08008e3a701f1e90baed917032914f88d8de",
            digest: "b531abd8dae7232c861ac9f50aff9952d29c8d4c3772551cc5bce5d39d2cd08d"
        ),
        Sample(
            count: 1000,
            chain: "aee0c9006bcf7227efd1ab1b350a733aa382a1fec7afccd2cfa063efb3bfb1b1",
            digest: "c85a431e0fe575b2609289d3a4042414715f400612575a125d2ce5573d608732"
        ),
    ]

    static let sha512 = [
        Sample(
            count: 0,
            chain: "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
                + "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179",
            digest: "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
        ),
        Sample(
            count: 3,
            chain: "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
                + "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179",
            digest: "9d1d055e0ac16db8b8b3b6c44692743b855129eb6b9fb9706ac623cf5c086ce4"
                + "983ae494e5abeafc77a05e5e95f87c96bf8bd9434bccace808732165a43a6412"
        ),
        Sample(
            count: 200,
            chain: "17f3cd73af1e98c8e2e43207ae4eedc829753f7c0c0e2887d7ae2b4e9300d100"
                + "81ce99044c37a06b2ac658ad3d949ff1856f2367c55d3dbffc7628a0302e703f",
            digest: "81bda652a2b9635e22afa0c2a88ff151679cd619cbe20873e8db0e193060294a"
                + "e467467c9f1ecefffbd158080834b8a638a18b084d39ed577b1fabcef9107640"
        ),
        Sample(
            count: 1000,
            chain: "e79e4e6f1ba57d0a0530b4b2341ab646d4b891960aeb0df8faf39ca97f9fe10b"
                + "14cc722fdfa4eaea134dfe6e9d33e619b9ae57fadd1a7ccc3f80f1b041a2d345",
            digest: "d45b2b8a61bd7f9cc388c96f215f3da57c6137d9a0797dfbaf7a54bb3434d80c"
                + "cc29f70962dd572f5c0c1eb400a71aaac73b52503aa6bd3215f1c65598f0cc7e"
        ),
    ]
}
