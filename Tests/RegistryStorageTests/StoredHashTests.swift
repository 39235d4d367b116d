//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTestKit
import Testing

@Suite("Stored hash states")
struct StoredHashTests {
    private static func hasher(_ algorithm: DigestAlgorithm, over bytes: [UInt8]) -> ContentHasher {
        var hasher = ContentHasher(algorithm)
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher
    }

    /// A state as Go's hash packages write it: magic, chain, block filled up with zeros, length.
    private static func goState(_ sample: HashSamples.Sample, _ algorithm: DigestAlgorithm) -> [UInt8] {
        let block = algorithm == .sha256 ? 64 : 128
        let rest = Array(HashSamples.bytes(sample.count).suffix(sample.count % block))
        let magic = Array((algorithm == .sha256 ? "sha\u{3}" : "sha\u{7}").utf8)
        let digits = Array(sample.chain)
        let chain = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...$0 + 1]), radix: 16)
        }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: sample.count >> (56 - 8 * $0)) }
        return magic + chain + rest + [UInt8](repeating: 0, count: block - rest.count) + length
    }

    private static let samples =
        HashSamples.sha256.map { (DigestAlgorithm.sha256, $0) }
        + HashSamples.sha512.map { (DigestAlgorithm.sha512, $0) }

    @Test("have the very bytes of Go's hash packages", arguments: samples)
    func bytes(algorithm: DigestAlgorithm, sample: HashSamples.Sample) throws {
        let hasher = Self.hasher(algorithm, over: HashSamples.bytes(sample.count))
        let expected = Self.goState(sample, algorithm)
        #expect(hasher.stored == expected)
        #expect(hasher.stored.count == (algorithm == .sha256 ? 108 : 204))
        #expect(hasher.digest.hex == sample.digest)
        let loaded = try #require(ContentHasher(stored: expected, algorithm))
        #expect(loaded.count == Int64(sample.count))
        #expect(loaded.digest.hex == sample.digest)
    }

    @Test(
        "go on as if they had never been stored, at every offset within some blocks",
        arguments: DigestAlgorithm.allCases
    )
    func roundTrip(algorithm: DigestAlgorithm) throws {
        let bytes = HashSamples.bytes(400)
        let digest = Digest.of(bytes, algorithm)
        for offset in 0...bytes.count {
            let stored = Self.hasher(algorithm, over: Array(bytes.prefix(offset))).stored
            var loaded = try #require(ContentHasher(stored: stored, algorithm))
            #expect(loaded.count == Int64(offset))
            #expect(loaded.stored == stored)
            bytes.dropFirst(offset).withUnsafeBytes { loaded.update($0) }
            #expect(loaded.digest == digest, "\(offset)")
        }
    }

    @Test("are carried on from one stored state to the next", arguments: DigestAlgorithm.allCases)
    func manyTimes(algorithm: DigestAlgorithm) throws {
        let bytes = HashSamples.bytes(100_000)
        var hasher = ContentHasher(algorithm)
        for start in stride(from: 0, to: bytes.count, by: 997) {
            bytes[start..<min(start + 997, bytes.count)].withUnsafeBytes { hasher.update($0) }
            hasher = try #require(ContentHasher(stored: hasher.stored, algorithm))
        }
        #expect(hasher.digest == Digest.of(bytes, algorithm))
        let expected =
            algorithm == .sha256
            ? "55af394c980c7a7fb68aa904c4afdd93d76e5f826487105fc06f92a25bab8cbe"
            : "5c917cb5cb57ecad27bdd6bf4c102ccbbd4b07807a73850068774e4abe25a3e1"
                + "efc88656d51292a7c22a85b88ea703cee4838df4a07dd5e68b26f240f7090d4b"
        #expect(hasher.digest.hex == expected)
    }

    @Test("of a length beyond 32 bits are counted right", arguments: DigestAlgorithm.allCases)
    func longContent(algorithm: DigestAlgorithm) throws {
        var stored = ContentHasher(algorithm).stored
        // 2^33 bytes: 2^36 bits, which libcrypto keeps in two words for sha256.
        stored.replaceSubrange(stored.count - 8..<stored.count, with: [0, 0, 0, 2, 0, 0, 0, 0])
        let long = try #require(ContentHasher(stored: stored, algorithm))
        #expect(long.count == 1 << 33)
        #expect(long.digest != ContentHasher(algorithm).digest)
        #expect(long.stored == stored)
    }

    @Test("that are none are not loaded", arguments: DigestAlgorithm.allCases)
    func malformed(algorithm: DigestAlgorithm) {
        let good = Self.hasher(algorithm, over: HashSamples.bytes(100)).stored
        let other: DigestAlgorithm = algorithm == .sha256 ? .sha512 : .sha256
        func isTaken(_ bytes: [UInt8]) -> Bool { ContentHasher(stored: bytes, algorithm) != nil }
        #expect(isTaken(good))
        #expect(ContentHasher(stored: good, other) == nil)
        #expect(!isTaken([]))
        #expect(!isTaken(Array(good.dropLast())))
        #expect(!isTaken(good + [0]))
        #expect(!isTaken([UInt8](repeating: 0, count: good.count)))
        for position in 0..<4 {
            var bytes = good
            bytes[position] ^= 1
            #expect(!isTaken(bytes))
        }
        // The magic words of sha224, sha384 and their like.
        for magic in [2, 4, 5, 6] as [UInt8] {
            var bytes = good
            bytes[3] = magic
            #expect(!isTaken(bytes))
        }
        var negative = good
        negative[good.count - 8] = 0x80
        #expect(!isTaken(negative))
    }
}
