//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import Testing

extension DriverConformance {
    /// More than a mebibyte, with every byte in many places.
    private static let everyByte: [UInt8] = Array(
        repeatElement((0..<257).map { UInt8(truncatingIfNeeded: $0 * 7) }, count: 4100).joined()
    )

    static let contentCases: [Case] = [
        Case("what was put is read") { driver in
            for durability in [Durability.durable, .volatile] {
                let path = path("folder/content-\(durability)")
                let previous = try await driver.replace(path, with: ByteBuffer(string: "content"), durability)
                #expect(previous == nil)
                #expect(try await driver.bytes(path) == Array("content".utf8))
            }
        },
        Case("reading nothing is notFound") { driver in
            #expect(
                await failure { () throws(StorageError) in try await driver.read(path("a"), limit: 10) } == .notFound
            )
            #expect(
                await failure { () throws(StorageError) in try await driver.read(path("a/b/c"), limit: 10) }
                    == .notFound
            )
            try await driver.put([1], at: path("a"))
            #expect(
                await failure { () throws(StorageError) in try await driver.read(path("a/b"), limit: 10) } == .notFound
            )
        },
        Case("reading a folder is notFound") { driver in
            try await driver.put([1], at: path("folder/content"))
            #expect(
                await failure { () throws(StorageError) in try await driver.read(path("folder"), limit: 1 << 20) }
                    == .notFound
            )
        },
        Case("the limit of a read is the most bytes taken") { driver in
            try await driver.put([1, 2, 3], at: path("a"))
            #expect(try await driver.read(path("a"), limit: 3).readableBytes == 3)
            #expect(
                await failure { () throws(StorageError) in try await driver.read(path("a"), limit: 2) } == .tooLarge
            )
            #expect(
                await failure { () throws(StorageError) in try await driver.read(path("a"), limit: 0) } == .tooLarge
            )
            try await driver.put([], at: path("empty"))
            #expect(try await driver.read(path("empty"), limit: 0).readableBytes == 0)
        },
        Case("replacing tells the size of what was there, or nothing, whether longer, shorter or empty") { driver in
            let sizes = [5, 100_000, 3, 0, 0, 1]
            var previous: Int64?
            for size in sizes {
                let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: size), count: size)
                let told = try await driver.put(bytes, at: path("a/b"))
                #expect(told == previous || told == nil)
                #expect(try await driver.bytes(path("a/b")) == bytes)
                #expect(try await driver.stat(path("a/b")).size == Int64(size))
                previous = Int64(size)
            }
        },
        Case("content of every byte, of several sizes, is kept as it is") { driver in
            for count in [0, 1, 255, 256, 4095, 4096, 4097, 1 << 20, (1 << 20) + 1] {
                let bytes = Array(everyByte.prefix(count))
                try await driver.put(bytes, at: path("sizes/\(count)"))
                #expect(try await driver.bytes(path("sizes/\(count)")) == bytes)
            }
        },
        Case("a part of a buffer is put, not all of it") { driver in
            var buffer = ByteBuffer(string: "before content after")
            buffer.moveReaderIndex(forwardBy: 7)
            let part = buffer.readSlice(length: 7) ?? ByteBuffer()
            try await driver.replace(path("a"), with: part, .durable)
            #expect(try await driver.bytes(path("a")) == Array("content".utf8))
        },
        Case("odd names are names") { driver in
            let names = [
                "a", ".a", "...", "a.", "_", "-", "-rf", "~", "a b", " ", "a=b", "a:b", "%2e%2e", "*", "'", "\"",
                "#", "?", "é",
                "日本", "A", "con", "a\nb", String(repeating: "x", count: 200),
            ]
            for (number, name) in names.enumerated() { try await driver.put([UInt8(number)], at: path("odd/\(name)")) }
            for (number, name) in names.enumerated() {
                #expect(try await driver.bytes(path("odd/\(name)")) == [UInt8(number)])
            }
            #expect(try await driver.list(path("odd"), after: nil, limit: .max).count == names.count)
        },
        Case("a backslash is a character of a name") { driver in
            try await driver.put([1], at: path("odd/a\\b"))
            #expect(try await driver.bytes(path("odd/a\\b")) == [1])
            let entries = [FolderEntry(name: "a\\b", isFolder: false)]
            #expect(try await driver.list(path("odd"), after: nil, limit: .max) == entries)
        },
        Case("paths may be deep") { driver in
            let deep = path((0..<100).map { "level\($0)" }.joined(separator: "/"))
            try await driver.put([1, 2, 3], at: deep)
            #expect(try await driver.bytes(deep) == [1, 2, 3])
            #expect(try await driver.stat(deep.parent).isFolder)
        },
        Case("content is not put below content, or kept beside it, and what is there stays") { driver in
            try await driver.put([1], at: path("a"))
            for below in ["a/b", "a/b/c"] {
                let code = await failure { () throws(StorageError) in try await driver.put([2], at: path(below)) }
                if code == nil { #expect(try await driver.bytes(path(below)) == [2]) }
            }
            #expect(try await driver.bytes(path("a")) == [1])
        },
        Case("content is not put in the place of a folder, or kept beside it, and what is in it stays") { driver in
            try await driver.put([1], at: path("a/b"))
            let code = await failure { () throws(StorageError) in try await driver.put([2], at: path("a")) }
            if code == nil { #expect(try await driver.bytes(path("a")) == [2]) }
            #expect(try await driver.bytes(path("a/b")) == [1])
        },
        Case("a room is told that can be, or none") { driver in
            if let capacity = try await driver.capacity() {
                #expect(capacity.total > 0)
                #expect((0...capacity.total).contains(capacity.free))
            }
        },
        Case("the driver has a name that fits a label") { driver in
            #expect(!driver.name.isEmpty)
            #expect(driver.name.allSatisfy { $0.isASCII && ($0.isLowercase || $0.isNumber) })
        },
    ]
}
