//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("The catalog", .timeLimit(.minutes(5)))
struct CatalogStoreTests {
    private static let names = [
        "a", "a--b", "a-b", "a-b/c", "a.b", "a.b/c", "a/b", "a/b-c", "a/b/c", "a/b/c/d/e", "a/b0", "a0", "a_b", "aa",
        "b/only/deep", "c",
    ]

    /// Stores with repositories that have what a push of a blob leaves.
    private static func stores(_ names: [String]) async throws -> Stores {
        let stores = try Stores()
        for name in names {
            let digest = Digest.of(Array(name.utf8))
            try await stores.links.set(DiskLayout.layerLink(try RepositoryName(name), digest), to: digest)
        }
        return stores
    }

    private static func pages(of size: Int, _ stores: Stores) async throws -> [String] {
        var found: [String] = []
        while true {
            let page = try await stores.catalog.list(after: found.last, limit: size)
            found += page.items
            #expect(page.items.count <= size)
            guard page.hasMore else { return found }
            try #require(!page.items.isEmpty)
        }
    }

    @Test("is in exact byte order, where a slash comes after a dash and a dot")
    func order() async throws {
        let stores = try await Self.stores(Self.names.shuffled())
        let page = try await stores.catalog.list(after: nil, limit: 1000)
        #expect(page.items == Self.names)
        #expect(!page.hasMore)
    }

    @Test("is the same by pages of any size", arguments: 1...18)
    func pages(size: Int) async throws {
        let stores = try await Self.stores(Self.names)
        #expect(try await Self.pages(of: size, stores) == Self.names)
    }

    @Test(
        "goes on after any text, whether a name or not",
        arguments: names + [
            "", "!", "a-", "a.", "a/", "a/b/", "a/b/c/", "a/b/c/d", "a/b/c/d/", "a/c", "b", "b/", "b/only",
            "b/only/deep/er", "b/z", "A",
            "_", "z", "a//", "..", "/", "\u{10ffff}", "á", "a\u{301}",
        ]
    )
    func after(last: String) async throws {
        let stores = try await Self.stores(Self.names)
        let page = try await stores.catalog.list(after: last, limit: 1000)
        #expect(page.items == Self.names.filter { byteOrder(last, $0) })
        let short = try await stores.catalog.list(after: last, limit: 2)
        #expect(short.items == Array(page.items.prefix(2)))
        #expect(short.hasMore == (page.items.count > 2))
    }

    @Test("holds repositories into which something was pushed, and nothing else")
    func membership() async throws {
        let stores = try Stores()
        #expect(try await stores.catalog.list(after: nil, limit: 10).items.isEmpty)
        _ = try await stores.uploads.begin(in: RepositoryName("only/begun"), at: .now)
        try await stores.push([1], to: RepositoryName("blob"))
        try await stores.pushManifest(tags: ["latest"])
        try await stores.driver.put([1], at: DiskLayout.repositories.appending("stray-file"))
        try await stores.driver.put([1], at: DiskLayout.repositories.appending("_odd/_layers/sha256/x/link"))
        #expect(try await stores.catalog.list(after: nil, limit: 10).items == ["blob", "team/app"])
    }

    @Test("of a page of nothing leads nowhere, and a page may be of any size")
    func limits() async throws {
        let stores = try await Self.stores(Self.names)
        let none = try await stores.catalog.list(after: nil, limit: 0)
        #expect(none.items.isEmpty)
        #expect(!none.hasMore)
        #expect(try await stores.catalog.list(after: nil, limit: .max).items == Self.names)
    }

    @Test("of random trees is the same by pages of every size, and from every point", arguments: 0..<12)
    func randomTrees(seed: UInt64) async throws {
        var generator = Seeded(seed)
        let components = ["a", "a-a", "a.a", "a0", "a_a", "a--a", "b", "0"]
        var names: Set<String> = []
        for _ in 0..<40 {
            let depth = Int.random(in: 1...4, using: &generator)
            names.insert(
                (0..<depth).map { _ in components.randomElement(using: &generator) ?? "a" }.joined(separator: "/")
            )
        }
        let sorted = names.sorted(by: byteOrder)
        let stores = try await Self.stores(Array(names))
        for size in 1...sorted.count + 1 {
            #expect(try await Self.pages(of: size, stores) == sorted, "pages of \(size)")
        }
        for last in sorted.flatMap({ [$0, $0 + "/", $0 + "-", String($0.dropLast())] }) {
            let page = try await stores.catalog.list(after: last, limit: .max)
            #expect(page.items == sorted.filter { byteOrder(last, $0) }, "after \(last)")
        }
    }

    @Test("does not walk through what comes before or after a page")
    func walk() async throws {
        let stores = try await Self.stores((0..<300).map { "n\($0 / 100)/\($0)" })
        let all = try await stores.calls { () async throws(RegistryError) in
            _ = try await stores.catalog.list(after: nil, limit: 1000)
        }
        let page = try await stores.calls { () async throws(RegistryError) in
            _ = try await stores.catalog.list(after: "n1/150", limit: 3)
        }
        #expect(all > 300)
        #expect(page < 20)
    }

    @Test("passes over folders that go away meanwhile, and tells of a storage that fails")
    func failures() async throws {
        let base = try await Self.stores(Self.names).driver
        let gone = FaultyDriver(base) { verb, path in
            verb == .list && path.description.hasSuffix("/a") ? StorageError(.notFound, "fault", path) : nil
        }
        let left = try await Stores(gone).catalog.list(after: nil, limit: 100).items
        #expect(left == Self.names.filter { $0 != "a" && !$0.hasPrefix("a/") })
        let broken = try Stores(FaultyDriver(base, failing: [.list], with: .failed))
        let error = await refusal { () throws(RegistryError) in try await broken.catalog.list(after: nil, limit: 100) }
        #expect(error?.code == .unknown)
    }
}

/// Randomness that a seed repeats.
private struct Seeded: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { self.state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
