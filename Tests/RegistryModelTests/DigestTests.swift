//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Digests")
struct DigestTests {
    private static let hex256 = String(repeating: "0123456789abcdef", count: 4)
    private static let zeros = String(repeating: "0", count: 128)
    private static let hex512 = String(repeating: "0123456789abcdef", count: 8)

    @Test("are taken with a registered algorithm and hexadecimal of its length")
    func accepted() throws {
        let short = try Digest("sha256:" + Self.hex256)
        #expect(short.algorithm == .sha256)
        #expect(short.hex == Self.hex256)
        #expect(short.description == "sha256:" + Self.hex256)
        let long = try Digest("sha512:" + Self.hex512)
        #expect(long.algorithm == .sha512)
        #expect(long.hex == Self.hex512)
        #expect(long.description == "sha512:" + Self.hex512)
    }

    @Test("are taken from a part of a longer text")
    func substring() throws {
        let text = "/blobs/sha256:\(Self.hex256)?x"
        let digest = try Digest(text.dropFirst(7).dropLast(2))
        #expect(digest == (try Digest("sha256:" + Self.hex256)))
    }

    @Test(
        "have no other form",
        arguments: [
            "", ":", "sha256", "sha256:", ":\(hex256)", "\(hex256)",
            // Of the wrong length, by one and by an algorithm.
            "sha256:\(hex256.dropLast())", "sha256:\(hex256)0", "sha256:\(hex512)", "sha512:\(hex256)",
            "sha512:\(hex512.dropLast())", "sha512:\(hex512)0",
            // Within the general grammar, but not registered or not supported.
            "sha384:\(zeros.prefix(96))", "md5:\(zeros.prefix(32))",
            "sha1:\(zeros.prefix(40))", "blake3:\(hex256)", "sha256+b64u:\(hex256)",
            "multihash+base58:QmRZxt2b1FVZPNqd8hsiykDL3TdBDeTSPX9Kv46HmX4Gx8", "unregistered:\(hex256)",
            // Algorithms in the wrong case, or nearly right.
            "SHA256:\(hex256)", "Sha256:\(hex256)", "sha-256:\(hex256)", "sha_256:\(hex256)", " sha256:\(hex256)",
            "sha256 :\(hex256)", "sha256::\(hex256.dropLast())", "sha256-\(hex256)", "sha256=\(hex256)",
            "sha256@sha256:\(hex256)",
            // Hexadecimal in the wrong case, or nearly right.
            "sha256:\(hex256.uppercased())", "sha256:A\(hex256.dropFirst())", "sha256:g\(hex256.dropFirst())",
            "sha256:\(hex256.dropLast())G", "sha256: \(hex256.dropFirst())", "sha256:\(hex256.dropLast()) ",
            "sha256:0x\(hex256.dropFirst(2))", "sha256:-\(hex256.dropFirst())", "sha256:\(hex256.dropLast())\n",
            "sha256:\(hex256)\n", "sha256:\(hex256.dropLast())\0",
            // Paths.
            "sha256:../\(hex256.dropFirst(3))", "../sha256:\(hex256)", "sha256:/\(hex256.dropFirst())",
            "sha256:%2e%2e\(hex256.dropFirst(6))",
            // Letters that only look right: Cyrillic а, full-width digits, a combining mark.
            "sha256:а\(hex256.dropFirst(2))", "sha256:а\(hex256.dropFirst())", "sh\u{430}256:\(hex256)",
            "sha256:０\(hex256.dropFirst(3))", "sha２56:\(hex256)", "sha256:\(hex256.dropLast())f\u{301}",
            "sha256\u{301}:\(hex256)", "sha256:\u{301}\(hex256.dropFirst(2))", "sha256：\(hex256)",
        ] as [String]
    )
    func refused(text: String) {
        #expect(refusal { () throws(RegistryError) in try Digest(text) } == .digestInvalid)
    }

    @Test("of one letter are hexadecimal for every byte, or refused", arguments: UInt8(0)...127)
    func everyByte(byte: UInt8) {
        let isHex = Array("0123456789abcdef".utf8).contains(byte)
        let text = "sha256:" + Self.hex256.dropLast() + String(Unicode.Scalar(byte))
        #expect((refusal { () throws(RegistryError) in try Digest(text) } == nil) == isHex)
    }

    @Test("say what is wrong with the text")
    func details() {
        func detail(_ text: String) -> String? {
            do {
                _ = try Digest(text)
                return nil
            } catch { return error.detail }
        }
        let details = ["x", "md5:x", "sha256:x", "sha256:" + Self.hex256.uppercased()].map(detail)
        #expect(details.allSatisfy { $0 != nil })
        #expect(Set(details).count == 4)
    }

    @Test("are made from the output of a hash function", arguments: DigestAlgorithm.allCases)
    func fromBytes(algorithm: DigestAlgorithm) throws {
        let bytes = (0..<algorithm.hexLength / 2).map { UInt8(truncatingIfNeeded: $0 * 9) }
        let digest = Digest(algorithm: algorithm, bytes: bytes)
        #expect(digest == (try Digest(digest.description)))
        #expect(digest.hex.hasPrefix("0009121b24"))
    }

    @Test("Hexadecimal has two characters for every byte")
    func everyHexadecimal() {
        for byte in UInt8.min...UInt8.max {
            let text = hexadecimal([byte])
            #expect(text.utf8.count == 2)
            #expect(UInt8(text, radix: 16) == byte)
            #expect(text == text.lowercased())
        }
        #expect(hexadecimal([UInt8]()) == "")
    }
}
