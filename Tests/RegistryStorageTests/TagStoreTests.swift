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

@Suite("Tags of repositories", .timeLimit(.minutes(5)))
struct TagStoreTests {
    private static let names = [
        "0", "A", "Z", "_", "a", "a-1", "a.1", "a1", "a_1", "latest", "v1", "v1.0", "v10", "v2",
    ]

    private func stores(_ tags: [String]) async throws -> Stores {
        let stores = try Stores()
        try await stores.pushManifest(tags: tags)
        return stores
    }

    @Test("are listed in byte order, whole if no limit is given")
    func order() async throws {
        let stores = try await stores(Self.names.shuffled())
        let page = try await stores.tags.list(in: stores.name, after: nil, limit: nil)
        #expect(page.items == Self.names)
        #expect(!page.hasMore)
    }

    @Test("are the same by pages of any size", arguments: 1...16)
    func pages(size: Int) async throws {
        let stores = try await stores(Self.names)
        var found: [String] = []
        var pages = 0
        while true {
            let page = try await stores.tags.list(in: stores.name, after: found.last, limit: size)
            found += page.items
            pages += 1
            #expect(page.items.count <= size)
            // A page says that there is more exactly when there is.
            #expect(page.hasMore == (found.count < Self.names.count))
            if !page.hasMore { break }
        }
        #expect(found == Self.names)
        #expect(pages == (Self.names.count + size - 1) / size)
    }

    @Test(
        "go on after any text, whether a tag or not",
        arguments: names + ["", "!", "a/", "b", "v", "zzz", "\u{10ffff}", ".."]
    )
    func after(last: String) async throws {
        let stores = try await stores(Self.names)
        let page = try await stores.tags.list(in: stores.name, after: last, limit: nil)
        #expect(page.items == Self.names.filter { byteOrder(last, $0) })
    }

    @Test("of a page of nothing lead nowhere")
    func noLimit() async throws {
        let stores = try await stores(Self.names)
        let page = try await stores.tags.list(in: stores.name, after: nil, limit: 0)
        #expect(page.items.isEmpty)
        #expect(!page.hasMore)
    }

    @Test("may be asked for in pages of any number")
    func hugeLimit() async throws {
        let stores = try await stores(Self.names)
        #expect(try await stores.tags.list(in: stores.name, after: nil, limit: .max).items == Self.names)
    }

    @Test("are none in a repository that has only blobs, or only manifests")
    func noTags() async throws {
        let stores = try Stores()
        try await stores.push([1])
        #expect(try await stores.tags.list(in: stores.name, after: nil, limit: nil).items.isEmpty)
        try await stores.pushManifest()
        #expect(try await stores.tags.list(in: stores.name, after: nil, limit: 10).items.isEmpty)
    }

    @Test("of a repository to which nothing was pushed are an error")
    func unknown() async throws {
        let stores = try Stores()
        func code(_ name: String) async throws -> ErrorCode? {
            let name = try RepositoryName(name)
            return await refusal { () throws(RegistryError) in
                try await stores.tags.list(in: name, after: nil, limit: nil)
            }?.code
        }
        #expect(try await code("team/app") == .nameUnknown)
        // An upload that was only begun, and the folder above a repository, are none either.
        _ = try await stores.uploads.begin(in: stores.name, at: .now)
        #expect(try await code("team/app") == .nameUnknown)
        try await stores.push([1])
        #expect(try await code("team/app") == nil)
        #expect(try await code("team") == .nameUnknown)
    }

    @Test("are deleted one by one, and the manifest stays")
    func delete() async throws {
        let stores = try await stores(["a", "b"])
        let digest = try await stores.manifests.resolve(.tag(Tag("a")), in: stores.name)
        try await stores.tags.delete(Tag("a"), in: stores.name)
        #expect(try await stores.tags.list(in: stores.name, after: nil, limit: nil).items == ["b"])
        #expect(try await stores.manifests.resolve(.digest(digest), in: stores.name) == digest)
        let again = await refusal { () throws(RegistryError) in try await stores.tags.delete(Tag("a"), in: stores.name)
        }
        #expect(again?.code == .manifestUnknown)
        try await stores.tags.delete(Tag("b"), in: stores.name)
        #expect(try await stores.tags.list(in: stores.name, after: nil, limit: nil).items.isEmpty)
    }

    @Test("that the storage cannot list are not taken for none")
    func failures() async throws {
        let stores = try Stores(FaultyDriver(InMemoryDriver(), failing: [.list], with: .failed))
        let error = await refusal { () throws(RegistryError) in
            try await stores.tags.list(in: stores.name, after: nil, limit: nil)
        }
        #expect(error?.code == .unknown)
    }
}
