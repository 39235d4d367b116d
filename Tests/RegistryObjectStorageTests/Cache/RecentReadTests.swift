//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Reads of an object store that need not be made again", .timeLimit(.minutes(5)))
struct RecentReadTests {
    /// A server's stores over a bucket.
    private struct Server {
        let test: CachedStore
        let manifests: ManifestStore
        let tags: TagStore
        let name: RepositoryName

        init(_ store: MemoryObjectStore, freshness: LinkFreshness) async throws {
            test = await CachedStore(store, freshness: freshness)
            let context = StoreContext(
                driver: test.driver,
                instruments: Instruments(driverName: "s3aws"),
                observer: test.observer
            )
            manifests = ManifestStore(context, cacheEntries: 100)
            tags = TagStore(context)
            name = try RepositoryName("team/app")
        }

        func push(_ text: String, _ tag: String) async throws -> Digest {
            let manifest = """
                {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[],\
                "annotations":{"a":"\(text)"}}
                """
            let push = ManifestStore.Push(
                bytes: ByteBuffer(string: manifest),
                mediaType: nil,
                expected: nil,
                tags: [try Tag(tag)]
            )
            return try await manifests.put(push, in: name).digest
        }

        func pull(_ reference: Reference) async throws -> Digest {
            try await manifests.get(reference, in: name).manifest.digest
        }
    }

    private static let long = LinkFreshness(tags: .seconds(600), digests: .seconds(600))

    @Test("A manifest that was pulled is pulled again without a request")
    func noRequest() async throws {
        let store = MemoryObjectStore()
        let writer = try await Server(store, freshness: Self.long)
        let digest = try await writer.push("one", "latest")
        let reader = try await Server(store, freshness: Self.long)
        let tag = Reference.tag(try Tag("latest"))
        #expect(try await reader.pull(tag) == digest)
        #expect(try await reader.pull(.digest(digest)) == digest)
        let before = reader.test.allRequests
        for _ in 0..<10 {
            #expect(try await reader.pull(tag) == digest)
            #expect(try await reader.pull(.digest(digest)) == digest)
            _ = try await reader.manifests.find(tag, in: reader.name)
        }
        #expect(reader.test.allRequests == before)
        #expect(reader.test.instruments.recalledLinks.value == 30)
    }

    @Test("A thousand pulls at once of what nobody has pulled make one request for each thing")
    func together() async throws {
        let store = MemoryObjectStore()
        let writer = try await Server(store, freshness: Self.long)
        let digest = try await writer.push("one", "latest")
        let reader = try await Server(store, freshness: LinkFreshness(tags: .seconds(600), digests: .zero))
        let tag = Reference.tag(try Tag("latest"))
        let before = reader.test.allRequests
        try await withThrowingTaskGroup(of: Digest.self) { group in
            for _ in 0..<1_000 { group.addTask { try await reader.pull(tag) } }
            for try await pulled in group { #expect(pulled == digest) }
        }
        // The link and the manifest.
        #expect(reader.test.allRequests - before == 2)
    }

    @Test("What another server changes is seen after the time that is configured, and at once if that is 0")
    func freshness() async throws {
        let store = MemoryObjectStore()
        let writer = try await Server(store, freshness: Self.long)
        let tag = Reference.tag(try Tag("latest"))
        let first = try await writer.push("one", "latest")
        let asking = try await Server(store, freshness: LinkFreshness(tags: .zero, digests: .zero))
        let remembering = try await Server(store, freshness: Self.long)
        #expect(try await asking.pull(tag) == first)
        #expect(try await remembering.pull(tag) == first)
        let second = try await writer.push("two", "latest")
        #expect(try await asking.pull(tag) == second)
        #expect(try await remembering.pull(tag) == first)
        // The one that has changed it knows.
        #expect(try await writer.pull(tag) == second)
        // What decides on a change is asked for.
        #expect(try await remembering.manifests.resolve(tag, in: remembering.name) == second)
    }

    @Test("What this server deletes is gone at once, and what another pushes is there at once")
    func ownChanges() async throws {
        let store = MemoryObjectStore()
        let server = try await Server(store, freshness: Self.long)
        let tag = Reference.tag(try Tag("latest"))
        await #expect(throws: RegistryError.self) { try await server.pull(tag) }
        let other = try await Server(store, freshness: Self.long)
        let digest = try await other.push("one", "latest")
        #expect(try await server.pull(tag) == digest)
        try await server.tags.delete(try Tag("latest"), in: server.name)
        await #expect(throws: RegistryError.self) { try await server.pull(tag) }
        #expect(try await server.pull(.digest(digest)) == digest)
        try await server.manifests.delete(digest, in: server.name, tags: server.tags)
        await #expect(throws: RegistryError.self) { try await server.pull(.digest(digest)) }
    }

    @Test("Links are known for their time, and no longer than until something was removed")
    func links() {
        let path = StoragePath.root.appending("docker/registry/v2/repositories/a/_manifests/tags/b/current/link")
        let time = MonotonicTime.now
        let links = RecentLinks(LinkFreshness(tags: .seconds(3), digests: .seconds(60))) { time }
        let bytes = ByteBuffer(string: "x")
        links.keep(bytes, of: path, links.ticket(path), readAt: time - .milliseconds(2_999))
        #expect(links[path] == bytes)
        links.keep(bytes, of: path, links.ticket(path), readAt: time - .seconds(3))
        #expect(links[path] == nil)
        // Read before a change, and told after it.
        let ticket = links.ticket(path)
        links.wrote(ByteBuffer(string: "y"), to: path)
        links.keep(bytes, of: path, ticket, readAt: time)
        #expect(links[path] == ByteBuffer(string: "y"))
        let late = links.ticket(path)
        links.forget()
        links.keep(bytes, of: path, late, readAt: time)
        #expect(links[path] == nil)
    }

    @Test("Without a local cache small blobs are shared while they are read")
    func withoutCache() async throws {
        let test = await CachedStore()
        let whole = CachedStore.sample(1000)
        let digest = try await test.put(whole)
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { try await test.pull(digest, whole) } }
            for try await isRight in group { #expect(isRight) }
        }
        #expect(test.gets <= 2)
        #expect(test.instruments.shared[.content].value >= 48)
    }

    @Test("keeps the contract of drivers", arguments: DriverConformance.cases)
    func conforms(_ rule: DriverConformance.Case) async throws {
        try await rule.check { await CachedStore().driver }
    }
}
