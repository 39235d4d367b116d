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
    static let appendingCases: [Case] = [
        Case("appending needs the folder, and makes the content") { driver in
            #expect(await failure { () throws(StorageError) in try await driver.append(path("a/b")) } == .notFound)
            try await driver.put([1], at: path("a/other"))
            let appender = try await driver.append(path("a/b"))
            #expect(appender.initialSize == 0)
            #expect(try await appender.flush() == nil)
            appender.close()
            #expect(try await driver.stat(path("a/b")) == ContentFacts(size: 0, isFolder: false))
        },
        Case("appending where a folder is fails or harms nothing, and what is in it stays") { driver in
            try await driver.put([1], at: path("a/b"))
            // Opened and closed without a byte, so that a driver without folders has nothing to keep beside it.
            for place in ["a", "a/b/c"] { try? await driver.append(path(place)).close() }
            #expect(try await driver.bytes(path("a/b")) == [1])
            #expect(try await driver.stat(path("a")).isFolder)
        },
        Case("batches follow each other, and their hash is the content's") { driver in
            try await driver.put([], at: path("a/other"))
            for algorithm in DigestAlgorithm.allCases {
                let batches = [1, 63, 64, 0, 1000, 1 << 20, 7].map {
                    [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0)
                }
                let whole = batches.flatMap { $0 }
                let end = try await driver.extend(path("a/\(algorithm)"), by: batches, algorithm)
                #expect(end.size == Int64(whole.count))
                #expect(end.digest == Digest.of(whole, algorithm))
                #expect(try await driver.bytes(path("a/\(algorithm)")) == whole)
            }
        },
        Case("appending goes on where it ended") { driver in
            try await driver.put([], at: path("a/other"))
            try await driver.extend(path("a/b"), by: [[1, 2], [3]])
            let appender = try await driver.append(path("a/b"))
            defer { appender.close() }
            #expect(appender.initialSize == 3)
            var hasher = ContentHasher(.sha256)
            ([1, 2, 3] as [UInt8]).withUnsafeBytes { hasher.update($0) }
            try await appender.append(ByteBuffer(bytes: [4, 5]), hashing: hasher)
            let end = try #require(try await appender.flush())
            #expect(end.size == 5)
            #expect(end.hasher.digest == Digest.of([1, 2, 3, 4, 5]))
            #expect(try await driver.bytes(path("a/b")) == [1, 2, 3, 4, 5])
        },
        Case("appending goes on after content that was put") { driver in
            try await driver.put([1, 2, 3], at: path("a/b"))
            #expect(try await driver.extend(path("a/b"), by: [[4]]).size == 4)
            #expect(try await driver.bytes(path("a/b")) == [1, 2, 3, 4])
        },
        Case("flushing twice tells the same") { driver in
            try await driver.put([], at: path("a/other"))
            let appender = try await driver.append(path("a/b"))
            defer { appender.close() }
            try await appender.append(ByteBuffer(bytes: [1]), hashing: ContentHasher(.sha256))
            let first = try await appender.flush()
            let second = try await appender.flush()
            #expect(first?.size == 1)
            #expect(second?.size == 1)
            #expect(first?.hasher.digest == second?.hasher.digest)
        },
        Case("content has one appender at a time") { driver in
            try await driver.put([], at: path("a/other"))
            let first = try await driver.append(path("a/b"))
            #expect(await failure { () throws(StorageError) in try await driver.append(path("a/b")) } == .busy)
            // Other content is another matter.
            try await driver.extend(path("a/c"), by: [[1]])
            try await first.append(ByteBuffer(bytes: [1]), hashing: ContentHasher(.sha256))
            _ = try await first.flush()
            #expect(await failure { () throws(StorageError) in try await driver.append(path("a/b")) } == .busy)
            first.close()
            let second = try await driver.append(path("a/b"))
            #expect(second.initialSize == 1)
            // Closing once more, and the end of the first appender, do not give up the second one's hold.
            first.close()
            #expect(await failure { () throws(StorageError) in try await driver.append(path("a/b")) } == .busy)
            second.close()
        },
        Case("the hold ends with the appender") { driver in
            try await driver.put([], at: path("a/other"))
            func take() async throws(StorageError) { _ = try await driver.append(path("a/b")).initialSize }
            for _ in 0..<3 { try await take() }
        },
        Case("closed before its last batch is written, an appender gives up its hold after it") { driver in
            try await driver.put([], at: path("a/other"))
            func write() async throws(StorageError) {
                let appender = try await driver.append(path("a/b"))
                let batch = ByteBuffer(repeating: 1, count: 1 << 20)
                try await appender.append(batch, hashing: ContentHasher(.sha256))
                appender.close()
            }
            try await write()
            var next: (any ContentAppender)?
            while next == nil {
                do throws(StorageError) {
                    next = try await driver.append(path("a/b"))
                } catch {
                    guard error.code == .busy else { throw error }
                }
                await Task.yield()
            }
            #expect(next?.initialSize == 1 << 20)
            next?.close()
        },
        Case("what was removed while it was appended to does not come back") { driver in
            try await driver.put([], at: path("a/b/other"))
            let appender = try await driver.append(path("a/b/c"))
            try await driver.remove(path("a/b"))
            try? await appender.append(ByteBuffer(bytes: [1]), hashing: ContentHasher(.sha256))
            _ = try? await appender.flush()
            appender.close()
            #expect(try await !driver.holds(path("a/b/c")))
        },
    ]

    static let publishingCases: [Case] = [
        Case("what is published is in its place, in folders made for it, and no more where it was") { driver in
            try await driver.put([], at: path("uploads/other"))
            try await driver.extend(path("uploads/a"), by: [[1], [2]])
            #expect(try await driver.publish(path("uploads/a"), as: path("blobs/x/y/a")) == nil)
            #expect(try await driver.bytes(path("blobs/x/y/a")) == [1, 2])
            #expect(try await !driver.holds(path("uploads/a")))
        },
        Case("publishing replaces what is there, and tells its size") { driver in
            for (size, previous) in [(3, nil), (5, 3), (0, 5), (2, 0)] as [(Int, Int64?)] {
                let bytes = [UInt8](repeating: UInt8(size), count: size)
                try await driver.put(bytes, at: path("source"))
                #expect(try await driver.publish(path("source"), as: path("a/target")) == previous)
                #expect(try await driver.bytes(path("a/target")) == bytes)
            }
        },
        Case("publishing nothing is notFound, and what is there stays") { driver in
            try await driver.put([1], at: path("target"))
            let missing = await failure { () throws(StorageError) in
                try await driver.publish(path("a/b"), as: path("target"))
            }
            #expect(missing == .notFound)
            #expect(try await driver.bytes(path("target")) == [1])
            let both = await failure { () throws(StorageError) in try await driver.publish(path("a/b"), as: path("c/d"))
            }
            #expect(both == .notFound)
            #expect(try await !driver.holds(path("c/d")))
        },
        Case("what cannot be published stays where it is") { driver in
            try await driver.put([2], at: path("folder/content"))
            try await driver.put([3], at: path("content"))
            for target in ["folder", "content/below"] {
                try await driver.put([1], at: path("source"))
                let code = await failure { () throws(StorageError) in
                    try await driver.publish(path("source"), as: path(target))
                }
                #expect(try await driver.bytes(path(code == nil ? target : "source")) == [1])
            }
            #expect(try await driver.bytes(path("folder/content")) == [2])
            #expect(try await driver.bytes(path("content")) == [3])
        },
        Case("content is published while its appender is still held") { driver in
            try await driver.put([], at: path("uploads/other"))
            let appender = try await driver.append(path("uploads/a"))
            try await appender.append(ByteBuffer(bytes: [1, 2, 3]), hashing: ContentHasher(.sha256))
            _ = try await appender.flush()
            _ = try await driver.publish(path("uploads/a"), as: path("blobs/a"))
            try await driver.remove(path("uploads"))
            appender.close()
            #expect(try await driver.bytes(path("blobs/a")) == [1, 2, 3])
            #expect(try await !driver.holds(path("uploads/a")))
        },
    ]
}
