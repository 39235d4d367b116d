//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import Testing

extension DriverConformance {
    private static let sample = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) }

    static let openingCases: [Case] = [
        Case("opening nothing, or a folder, is notFound") { driver in
            #expect(await failure { () throws(StorageError) in try await driver.open(path("a")) } == .notFound)
            try await driver.put([1], at: path("folder/content"))
            #expect(await failure { () throws(StorageError) in try await driver.open(path("folder")) } == .notFound)
            #expect(
                await failure { () throws(StorageError) in try await driver.open(path("folder/content/x")) }
                    == .notFound
            )
        },
        Case("opened content is read in pieces, and to its end at most") { driver in
            try await driver.put(sample, at: path("a"))
            let content = try await driver.open(path("a"))
            defer { content.close() }
            let size = sample.count
            #expect(content.size == Int64(size))
            let pieces = [
                (0, size), (0, 1), (0, 0), (1, 10), (size - 1, 1), (size - 1, 100), (size, 1), (size + 1, 1),
                (1 << 40, 10),
                (100_000, 65_536), (0, size + 1), (0, size * 2),
            ]
            for (offset, count) in pieces {
                let bytes = Array(try await content.read(at: Int64(offset), count: count).readableBytesView)
                #expect(bytes == Array(sample.dropFirst(min(offset, size)).prefix(count)), "\(count) at \(offset)")
            }
        },
        Case("opened content is sent to a socket, as much as it takes without waiting") { driver in
            try await driver.put(sample, at: path("a"))
            let content = try await driver.open(path("a"))
            defer { content.close() }
            for (offset, count) in [(0, 1), (1, 10), (4_095, 4_098), (sample.count - 1, 1)] {
                let pair = try SocketPair()
                defer { pair.close() }
                // Drivers without files have nothing to send from, and say so.
                guard let taken = try await content.send(at: Int64(offset), count: count, to: pair.near) else { return }
                #expect(taken == count)
                #expect(pair.received(count) == Array(sample[offset..<offset + count]), "\(count) at \(offset)")
            }
            let full = try SocketPair()
            defer { full.close() }
            var sent = 0
            while let taken = try await content.send(at: 0, count: sample.count, to: full.near), taken > 0 {
                sent += taken
            }
            #expect(full.received(sent).count == sent)
            full.closeFar()
            #expect(try await content.send(at: 0, count: 1, to: full.near) == 0)
        },
        Case("empty content can be opened") { driver in
            try await driver.put([], at: path("a"))
            let content = try await driver.open(path("a"))
            defer { content.close() }
            #expect(content.size == 0)
            #expect(try await content.read(at: 0, count: 10).readableBytes == 0)
        },
        Case("opened content stays as it was when its path gets other content or none") { driver in
            try await driver.put(sample, at: path("a/b"))
            let content = try await driver.open(path("a/b"))
            defer { content.close() }
            func check() async throws {
                #expect(content.size == Int64(sample.count))
                #expect(Array(try await content.read(at: 0, count: sample.count).readableBytesView) == sample)
            }
            try await driver.put([1], at: path("a/b"))
            try await check()
            try await driver.put([2], at: path("source"))
            _ = try await driver.publish(path("source"), as: path("a/b"))
            try await check()
            try await driver.remove(path("a"))
            try await check()
        },
        Case("content can be opened many times at once") { driver in
            try await driver.put(sample, at: path("a"))
            var contents: [any StoredContent] = []
            for _ in 0..<50 { contents.append(try await driver.open(path("a"))) }
            for content in contents { #expect(try await content.read(at: 299_999, count: 2).readableBytes == 1) }
            for content in contents { content.close() }
        },
        Case("opened content is hashed from where the computation stands") { driver in
            try await driver.put(sample, at: path("a"))
            let content = try await driver.open(path("a"))
            defer { content.close() }
            for algorithm in DigestAlgorithm.allCases {
                var hasher = ContentHasher(algorithm)
                for offset in [0, 1, 63, 64, 65, 4096, 100_000, 300_000] as [Int64] {
                    hasher = try await content.hash(hasher, upTo: offset)
                    #expect(hasher.count == offset)
                    #expect(hasher.digest == Digest.of(Array(sample.prefix(Int(offset))), algorithm))
                }
                let again = try await content.hash(hasher, upTo: 300_000)
                #expect(again.digest == hasher.digest)
            }
        },
        Case("hashing fails when the content ends before") { driver in
            try await driver.put([1, 2, 3], at: path("a"))
            let content = try await driver.open(path("a"))
            defer { content.close() }
            #expect(
                await failure { () throws(StorageError) in try await content.hash(ContentHasher(.sha256), upTo: 4) }
                    == .truncated
            )
        },
    ]
}
