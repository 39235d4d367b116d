//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTestKit
import Testing

@Suite("Hashing")
struct ContentHasherTests {
    /// Vectors of FIPS 180-4 and of its examples.
    private static let vectors: [(String, String, String)] = [
        (
            "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce"
                + "47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"
        ),
        (
            "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
            "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973eb"
                + "de0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"
        ),
    ]

    @Test("agrees with the standard", arguments: vectors)
    func standard(text: String, sha256: String, sha512: String) {
        #expect(Digest.of(Array(text.utf8), .sha256).hex == sha256)
        #expect(Digest.of(Array(text.utf8), .sha512).hex == sha512)
    }

    @Test("does not depend on how the bytes come", arguments: DigestAlgorithm.allCases)
    func pieces(algorithm: DigestAlgorithm) {
        let bytes = HashSamples.bytes(1000)
        let whole = Digest.of(bytes, algorithm)
        for size in [1, 2, 7, 63, 64, 65, 127, 128, 129, 500, 999, 1000] {
            var hasher = ContentHasher(algorithm)
            for start in stride(from: 0, to: bytes.count, by: size) {
                bytes[start..<min(start + size, bytes.count)].withUnsafeBytes { hasher.update($0) }
            }
            #expect(hasher.count == 1000)
            #expect(hasher.digest == whole, "\(size)")
        }
    }

    @Test("goes on after a digest was asked for, and from any copy", arguments: DigestAlgorithm.allCases)
    func copies(algorithm: DigestAlgorithm) {
        var hasher = ContentHasher(algorithm)
        #expect(hasher.algorithm == algorithm)
        hasher.update(UnsafeRawBufferPointer(start: nil, count: 0))
        #expect(hasher.digest == Digest.of([], algorithm))
        let bytes: [UInt8] = [1, 2, 3]
        bytes.withUnsafeBytes { hasher.update($0) }
        let copy = hasher
        bytes.withUnsafeBytes { hasher.update($0) }
        #expect(copy.count == 3)
        #expect(copy.digest == Digest.of([1, 2, 3], algorithm))
        #expect(hasher.digest == Digest.of([1, 2, 3, 1, 2, 3], algorithm))
    }
}
