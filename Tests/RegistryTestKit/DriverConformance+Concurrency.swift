//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import Testing

extension DriverConformance {
    /// Content that shows by itself whether it is whole: its length follows from its bytes, which are all the same.
    private static func whole(_ number: Int) -> [UInt8] {
        let byte = UInt8(truncatingIfNeeded: number % 200)
        return [UInt8](repeating: byte, count: 1 + Int(byte) * 97)
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first else { return false }
        return bytes == whole(Int(first))
    }

    /// Writes while others read, and checks that nobody ever sees a part.
    private static func readers(
        of path: StoragePath,
        in driver: any StorageDriver,
        while write: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        try await driver.put(whole(0), at: path)
        let isOver = TestFlag()
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for _ in 0..<3 {
                tasks.addTask {
                    while !isOver.isSet {
                        let bytes = try await driver.bytes(path)
                        #expect(isWhole(bytes))
                        let content = try await driver.open(path)
                        defer { content.close() }
                        let opened = Array(try await content.read(at: 0, count: 1 << 20).readableBytesView)
                        #expect(isWhole(opened) && content.size == Int64(opened.count))
                    }
                }
            }
            defer { isOver.set() }
            for number in 1...150 { try await write(number) }
            isOver.set()
            try await tasks.waitForAll()
        }
    }

    static let concurrencyCases: [Case] = [
        Case("readers never see a part of what is replaced") { driver in
            let target = path("a/content")
            try await readers(of: target, in: driver) { number in
                try await driver.replace(target, with: ByteBuffer(bytes: whole(number)), .volatile)
            }
        },
        Case("readers never see a part of what is published") { driver in
            let target = path("a/content")
            try await readers(of: target, in: driver) { number in
                try await driver.replace(path("source"), with: ByteBuffer(bytes: whole(number)), .volatile)
                _ = try await driver.publish(path("source"), as: target)
            }
        },
        Case("of writers to one path, one wins whole") { driver in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for writer in 0..<8 {
                    tasks.addTask {
                        for turn in 0..<20 { try await driver.put(whole(writer * 20 + turn), at: path("a/b/content")) }
                    }
                }
                try await tasks.waitForAll()
            }
            #expect(isWhole(try await driver.bytes(path("a/b/content"))))
            #expect(try await driver.list(path("a/b"), after: nil, limit: .max).map(\.name) == ["content"])
        },
        Case("writers to many paths in new folders do not hinder each other") { driver in
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for number in 0..<64 {
                    tasks.addTask {
                        try await driver.put(whole(number), at: path("a/\(number % 4)/\(number % 8)/\(number)"))
                    }
                }
                try await tasks.waitForAll()
            }
            for number in 0..<64 {
                #expect(try await driver.bytes(path("a/\(number % 4)/\(number % 8)/\(number)")) == whole(number))
            }
        },
        Case("content is put while the folder around it is removed again and again") { driver in
            let isOver = TestFlag()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    while !isOver.isSet {
                        let code = await failure { () throws(StorageError) in try await driver.remove(path("a/b")) }
                        #expect(code == nil || code == .notFound)
                        await Task.yield()
                    }
                }
                defer { isOver.set() }
                for number in 0..<150 { try await driver.put(whole(number), at: path("a/b/c/d")) }
                isOver.set()
                try await tasks.waitForAll()
            }
            try await driver.put(whole(1), at: path("a/b/c/d"))
            #expect(try await driver.bytes(path("a/b/c/d")) == whole(1))
        },
        Case("of many that would append at once, one does") { driver in
            try await driver.put([], at: path("a/other"))
            let appenders = await withTaskGroup(of: (any ContentAppender)?.self) { tasks in
                for _ in 0..<16 { tasks.addTask { try? await driver.append(path("a/b")) } }
                return await tasks.reduce(into: []) { $0.append($1) }
            }
            #expect(appenders.count { $0 != nil } == 1)
            for appender in appenders { appender?.close() }
        },
        Case("lists are whole while content comes and goes") { driver in
            for name in ["a", "m", "z"] { try await driver.put([1], at: path("folder/\(name)")) }
            let isOver = TestFlag()
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    while !isOver.isSet {
                        let names = try await driver.list(path("folder"), after: nil, limit: .max).map(\.name)
                        #expect(Set(["a", "m", "z"]).isSubset(of: names))
                        #expect(names == names.sorted())
                    }
                }
                defer { isOver.set() }
                for number in 0..<100 {
                    try await driver.put([1], at: path("folder/b\(number)"))
                    if number >= 10 { try await driver.remove(path("folder/b\(number - 10)")) }
                }
                isOver.set()
                try await tasks.waitForAll()
            }
        },
    ]
}
