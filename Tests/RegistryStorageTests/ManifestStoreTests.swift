//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Manifests of repositories", .timeLimit(.minutes(5)))
struct ManifestStoreTests {
    private func get(_ reference: String, _ stores: Stores) async throws(RegistryError) -> ManifestStore.Found {
        try await stores.manifests.get(try Reference(reference), in: stores.name)
    }

    @Test("are got by tag and by digest, as they were pushed")
    func get() async throws {
        let stores = try Stores()
        let pushed = try await stores.pushManifest(tags: ["latest", "v1"])
        for reference in ["latest", "v1", pushed.digest.description] {
            let found = try await get(reference, stores)
            #expect(found.manifest.digest == pushed.digest)
            #expect(found.manifest.bytes == pushed.bytes)
            #expect(found.manifest.facts.mediaType == .ociManifest)
            #expect(found.manifest.descriptor.size == Int64(pushed.bytes.readableBytes))
        }
        let error = await refusal { () throws(RegistryError) in try await get("v2", stores) }
        #expect(error?.code == .manifestUnknown)
    }

    @Test("cost one driver call where they are in memory, and two where not, by tag and by digest")
    func calls() async throws {
        let driver = InMemoryDriver()
        let digest = try await Stores(driver).pushManifest(tags: ["latest"]).digest
        for reference in ["latest", digest.description] {
            // New stores have nothing in memory.
            let stores = try Stores(driver)
            for (expected, outcome) in [(2, CacheOutcome.miss), (1, .hit), (1, .hit)] {
                var found: ManifestStore.Found?
                let calls = try await stores.calls { () async throws(RegistryError) in
                    found = try await get(reference, stores)
                }
                #expect(calls == expected)
                #expect(found?.cache == outcome)
            }
            #expect(stores.instruments.cacheRequests.value == 3)
            #expect(stores.instruments.cacheMisses.value == 1)
            #expect(stores.instruments.cacheHits.value == 2)
        }
    }

    @Test("are in memory once they were pushed")
    func cachedByPush() async throws {
        let stores = try Stores()
        try await stores.pushManifest(tags: ["latest"])
        #expect(try await get("latest", stores).cache == .hit)
    }

    @Test("in memory are not had by a repository that does not link to them")
    func cacheIsNotAccess() async throws {
        let stores = try Stores()
        let digest = try await stores.pushManifest(tags: ["latest"]).digest
        let other = try RepositoryName("other")
        for reference in [Reference.digest(digest), .tag(try Tag("latest"))] {
            let error = await refusal { () throws(RegistryError) in try await stores.manifests.get(reference, in: other)
            }
            #expect(error?.code == .manifestUnknown)
        }
        try await stores.manifests.delete(digest, in: stores.name, tags: stores.tags)
        let deleted = await refusal { () throws(RegistryError) in try await get(digest.description, stores) }
        #expect(deleted?.code == .manifestUnknown)
    }

    @Test(
        "that are corrupted in the storage are unknown, until they are pushed again",
        arguments: [[], [0x7b], Array("{}".utf8), [UInt8](repeating: 0, count: 300)] as [[UInt8]]
    )
    func corrupted(bytes: [UInt8]) async throws {
        let driver = InMemoryDriver()
        let pushed = try await Stores(driver).pushManifest(tags: ["latest"])
        try await driver.put(bytes, at: DiskLayout.blob(pushed.digest))
        let stores = try Stores(driver)
        for reference in ["latest", pushed.digest.description] {
            let error = await refusal { () throws(RegistryError) in try await get(reference, stores) }
            #expect(error?.code == .manifestUnknown)
            #expect(error?.status == 404)
            #expect(error?.cause != nil)
        }
        #expect(stores.instruments.cacheErrors.value == 2)
        try await stores.put(Array(pushed.bytes.readableBytesView))
        #expect(try await get("latest", stores).manifest.bytes == pushed.bytes)
        #expect(try await get("latest", Stores(driver)).manifest.bytes == pushed.bytes)
    }

    @Test("whose content is gone or is too large are an error, not a crash")
    func missingContent() async throws {
        let driver = InMemoryDriver()
        let digest = try await Stores(driver).pushManifest(tags: ["latest"]).digest
        try await driver.remove(DiskLayout.blob(digest))
        let gone = await refusal { () throws(RegistryError) in try await get("latest", try Stores(driver)) }
        #expect(gone?.code == .manifestUnknown)
        try await driver.put(
            [UInt8](repeating: 0x20, count: ManifestFacts.maximumBytes + 1),
            at: DiskLayout.blob(digest)
        )
        let large = await refusal { () throws(RegistryError) in try await get("latest", try Stores(driver)) }
        #expect(large?.code == .unknown)
    }

    @Test("of schema 1 that another server stored are served")
    func schema1() async throws {
        let stores = try Stores()
        let bytes = Array(#"{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[],"signatures":[{}]}"#.utf8)
        let digest = Digest.of(bytes)
        try await stores.driver.put(bytes, at: DiskLayout.blob(digest))
        try await stores.links.set(DiskLayout.currentLink(stores.name, try Tag("old")), to: digest)
        #expect(try await get("old", stores).manifest.facts.mediaType == .dockerSigned)
    }

    @Test("that a sha512 link leads to by their sha256 are found")
    func alias() async throws {
        let stores = try Stores()
        let pushed = try await stores.pushManifest()
        let alias = Digest.of(Array(pushed.bytes.readableBytesView), .sha512)
        try await stores.links.set(DiskLayout.revisionLink(stores.name, alias), to: pushed.digest)
        #expect(try await get(alias.description, stores).manifest.digest == pushed.digest)
    }

    @Test("are deleted with the tags that point to them, and with no others")
    func delete() async throws {
        let stores = try Stores()
        let first = try await stores.pushManifest(tags: ["a", "b"]).digest
        try await stores.pushManifest(tags: ["b", "c"], extra: #","annotations":{"a":"b"}"#)
        try await stores.manifests.delete(first, in: stores.name, tags: stores.tags)
        #expect(try await stores.tags.list(in: stores.name, after: nil, limit: nil).items == ["b", "c"])
        for reference in ["a", first.description] {
            #expect(
                await refusal { () throws(RegistryError) in try await get(reference, stores) }?.code == .manifestUnknown
            )
        }
        #expect(try await stores.driver.holds(DiskLayout.blob(first)))
        let again = await refusal { () throws(RegistryError) in
            try await stores.manifests.delete(first, in: stores.name, tags: stores.tags)
        }
        #expect(again?.code == .manifestUnknown)
    }

    @Test("are read again after they were let go of", arguments: [1, 2])
    func smallCache(entries: Int) async throws {
        let stores = try Stores()
        let manifests = ManifestStore(stores.context, cacheEntries: entries)
        var digests: [Digest] = []
        for number in 0..<3 {
            digests.append(try await stores.pushManifest(extra: #","annotations":{"a":"\#(number)"}"#).digest)
        }
        for digest in digests + digests {
            let found = try await manifests.get(.digest(digest), in: stores.name)
            #expect(found.manifest.digest == digest)
        }
    }

    @Test("that the storage cannot tell of are not taken for absent", arguments: [1, 2])
    func failures(call: Int) async throws {
        let base = InMemoryDriver()
        try await Stores(base).pushManifest(tags: ["latest"])
        let driver = FaultyDriver(base) { verb, path in
            let isBlob = path.description.contains("/blobs/")
            return verb == .read && isBlob == (call == 2) ? StorageError(.failed, "fault", path) : nil
        }
        let stores = try Stores(driver)
        let error = await refusal { () throws(RegistryError) in try await get("latest", stores) }
        #expect(error?.code == .unknown)
        #expect(error?.status == 500)
    }
}
