//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import Testing

extension DriverConformance {
    /// In byte order: the dash before the dot before the digits before the capitals before the underscore.
    private static let ordered = ["-", "A", "B", "_a", "a", "a-b", "a.b", "a0", "aB", "a_b", "aa", "b", "é", "日本", "💥"]

    static let folderCases: [Case] = [
        Case("facts tell content from folders") { driver in
            try await driver.put([1, 2, 3], at: path("a/b/c"))
            #expect(try await driver.stat(path("a/b/c")) == ContentFacts(size: 3, isFolder: false))
            #expect(try await driver.stat(path("a/b")) == ContentFacts(size: 0, isFolder: true))
            #expect(try await driver.stat(path("a")) == ContentFacts(size: 0, isFolder: true))
            #expect(try await driver.stat(.root).isFolder)
            for missing in ["b", "a/c", "a/b/c/d", "a/b/cc", "A"] {
                #expect(await failure { () throws(StorageError) in try await driver.stat(path(missing)) } == .notFound)
            }
        },
        Case("a folder lists content and folders by name, and nothing below them") { driver in
            try await driver.put([1], at: path("top/content"))
            try await driver.put([1], at: path("top/folder/content"))
            try await driver.put([1], at: path("top/folder/deeper/content"))
            let expected = [FolderEntry(name: "content", isFolder: false), FolderEntry(name: "folder", isFolder: true)]
            #expect(try await driver.list(path("top"), after: nil, limit: .max) == expected)
        },
        Case("what is no folder has no list") { driver in
            try await driver.put([1], at: path("a"))
            for missing in ["a", "b", "a/b", "b/c"] {
                let code = await failure { () throws(StorageError) in
                    try await driver.list(path(missing), after: nil, limit: 1)
                }
                #expect(code == .notFound)
            }
        },
        Case("lists are in byte order, from any text on, up to any number") { driver in
            for name in ordered.shuffled() { try await driver.put([1], at: path("folder/\(name)")) }
            func list(after last: String?, _ limit: Int) async throws -> [String] {
                try await driver.list(path("folder"), after: last, limit: limit).map(\.name)
            }
            #expect(try await list(after: nil, .max) == ordered)
            for limit in 0...ordered.count + 1 {
                #expect(try await list(after: nil, limit) == Array(ordered.prefix(limit)))
            }
            // After names that are there, and after texts that are not.
            for last in ordered + ["", "a/", "a-", "a\u{0}", "aa0", "z", "\u{10ffff}", "..", " "] {
                let rest = ordered.filter { last.utf8.lexicographicallyPrecedes($0.utf8) }
                #expect(try await list(after: last, .max) == rest, "\(last)")
                #expect(try await list(after: last, 2) == Array(rest.prefix(2)), "\(last)")
            }
        },
        Case("a thousand names are listed, whole and by pages") { driver in
            let names = (0..<1000).map { "n\($0)" }
            for name in names { try await driver.replace(path("many/\(name)"), with: ByteBuffer(), .volatile) }
            let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            #expect(try await driver.list(path("many"), after: nil, limit: .max).map(\.name) == sorted)
            for size in [70, 100, 999, 1000, 1001] {
                var found: [String] = []
                while true {
                    let page = try await driver.list(path("many"), after: found.last, limit: size)
                    found += page.map(\.name)
                    if page.count < size { break }
                }
                #expect(found == sorted)
            }
        },
        Case("removed content is gone, and its neighbours stay") { driver in
            try await driver.put([1], at: path("a/b"))
            try await driver.put([2], at: path("a/bc"))
            try await driver.remove(path("a/b"))
            #expect(try await !driver.holds(path("a/b")))
            #expect(try await driver.bytes(path("a/bc")) == [2])
            #expect(try await driver.list(path("a"), after: nil, limit: .max).map(\.name) == ["bc"])
            try await driver.put([3], at: path("a/b"))
            #expect(try await driver.bytes(path("a/b")) == [3])
        },
        Case("a folder is removed with all that is in it") { driver in
            for name in ["a", "b/c", "b/d/e", "b/d/f/g"] { try await driver.put([1], at: path("top/tree/\(name)")) }
            try await driver.put([2], at: path("top/tree2"))
            try await driver.remove(path("top/tree"))
            for name in ["", "/a", "/b", "/b/c", "/b/d/f/g"] {
                #expect(try await !driver.holds(path("top/tree\(name)")))
            }
            #expect(try await driver.bytes(path("top/tree2")) == [2])
            try await driver.put([3], at: path("top/tree/b/d/e"))
            #expect(try await driver.list(path("top/tree/b"), after: nil, limit: .max).map(\.name) == ["d"])
        },
        Case("removing nothing is notFound, and what is around stays") { driver in
            try await driver.put([1], at: path("a/b"))
            for missing in ["c", "a/c", "a/b/c", "c/d/e"] {
                #expect(
                    await failure { () throws(StorageError) in try await driver.remove(path(missing)) } == .notFound
                )
            }
            try await driver.remove(path("a/b"))
            #expect(await failure { () throws(StorageError) in try await driver.remove(path("a/b")) } == .notFound)
        },
        Case("a folder that lost its last content may be removed, or is gone") { driver in
            try await driver.put([1], at: path("a/b/c"))
            try await driver.remove(path("a/b/c"))
            let code = await failure { () throws(StorageError) in try await driver.remove(path("a")) }
            #expect(code == nil || code == .notFound)
            #expect(try await !driver.holds(path("a")))
        },
    ]
}
