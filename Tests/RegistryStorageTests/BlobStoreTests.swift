//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Blobs of repositories", .timeLimit(.minutes(5)))
struct BlobStoreTests {
    private static let bytes: [UInt8] = [1, 2, 3]

    @Test("are had by the repository that they were pushed to, and by no other")
    func ownership() async throws {
        let stores = try Stores()
        let other = try RepositoryName("other")
        let digest = try await stores.push(Self.bytes)
        #expect(try await stores.blobs.size(of: digest, in: stores.name) == 3)
        #expect(try await stores.blobs.exists(digest, in: stores.name))
        #expect(try await !stores.blobs.exists(digest, in: other))
        let opened = await refusal { () throws(RegistryError) in try await stores.blobs.open(digest, in: other) }
        #expect(opened?.code == .blobUnknown)
        let size = await refusal { () throws(RegistryError) in try await stores.blobs.size(of: digest, in: other) }
        #expect(size?.code == .blobUnknown)
    }

    @Test("cost two driver calls to open, and five to push with POST and PUT")
    func calls() async throws {
        let stores = try Stores()
        var digest: Digest?
        #expect(
            try await stores.calls { () async throws(RegistryError) in digest = try await stores.push(Self.bytes) } == 5
        )
        let pushed = try #require(digest)
        let opening = try await stores.calls { () async throws(RegistryError) in
            try await stores.blobs.open(pushed, in: stores.name).close()
        }
        #expect(opening == 2)
    }

    @Test("whose content is gone are unknown, though there is a link")
    func contentGone() async throws {
        let stores = try Stores()
        let digest = try await stores.push(Self.bytes)
        try await stores.driver.remove(DiskLayout.blob(digest))
        #expect(try await !stores.blobs.exists(digest, in: stores.name))
        let error = await refusal { () throws(RegistryError) in try await stores.blobs.open(digest, in: stores.name) }
        #expect(error?.code == .blobUnknown)
    }

    @Test("are mounted from another repository that has them")
    func mount() async throws {
        let stores = try Stores()
        let (target, empty) = (try RepositoryName("target"), try RepositoryName("empty"))
        let digest = try await stores.push(Self.bytes)
        #expect(try await !stores.blobs.mount(digest, from: empty, to: target))
        #expect(try await !stores.blobs.exists(digest, in: target))
        #expect(try await stores.blobs.mount(digest, from: stores.name, to: target))
        #expect(try await stores.blobs.exists(digest, in: target))
        #expect(try await !stores.blobs.mount(Digest.of([9]), from: stores.name, to: target))
    }

    @Test("are mounted from anywhere if the content is there")
    func mountAnonymously() async throws {
        let stores = try Stores()
        let target = try RepositoryName("target")
        let digest = try await stores.push(Self.bytes)
        #expect(try await stores.blobs.mount(digest, to: target))
        #expect(try await stores.blobs.exists(digest, in: target))
        #expect(try await !stores.blobs.mount(Digest.of([9]), to: target))
        #expect(try await !stores.blobs.exists(Digest.of([9]), in: target))
    }

    @Test("that are missing at their source are not mounted", arguments: [true, false])
    func mountGone(anonymously: Bool) async throws {
        let stores = try Stores()
        let target = try RepositoryName("target")
        let digest = try await stores.push(Self.bytes)
        try await stores.driver.remove(DiskLayout.blob(digest))
        let isMounted =
            anonymously
            ? try await stores.blobs.mount(digest, to: target)
            : try await stores.blobs.mount(digest, from: stores.name, to: target)
        #expect(!isMounted)
        #expect(try await !stores.driver.holds(DiskLayout.layerLink(target, digest)))
    }

    @Test("that a sha512 link leads to by their sha256 are found, and mounted")
    func alias() async throws {
        let stores = try Stores()
        let target = try RepositoryName("target")
        let canonical = try await stores.push(Self.bytes)
        let alias = Digest.of(Self.bytes, .sha512)
        try await stores.links.set(DiskLayout.layerLink(stores.name, alias), to: canonical)
        #expect(try await stores.blobs.size(of: alias, in: stores.name) == 3)
        #expect(try await stores.blobs.mount(alias, from: stores.name, to: target))
        #expect(try await stores.blobs.size(of: alias, in: target) == 3)
        #expect(try await stores.driver.bytes(DiskLayout.layerLink(target, alias)) == Array(canonical.description.utf8))
    }

    @Test("are deleted from one repository, and stay in the others and in the storage")
    func delete() async throws {
        let stores = try Stores()
        let other = try RepositoryName("other")
        let digest = try await stores.push(Self.bytes)
        _ = try await stores.blobs.mount(digest, to: other)
        try await stores.blobs.delete(digest, in: stores.name)
        #expect(try await !stores.blobs.exists(digest, in: stores.name))
        #expect(try await stores.blobs.exists(digest, in: other))
        #expect(try await stores.driver.holds(DiskLayout.blob(digest)))
        let again = await refusal { () throws(RegistryError) in try await stores.blobs.delete(digest, in: stores.name) }
        #expect(again?.code == .blobUnknown)
    }

    @Test("with an empty link are unknown, until they are pushed again")
    func emptyLink() async throws {
        let stores = try Stores()
        let digest = try await stores.push(Self.bytes)
        try await stores.driver.put([], at: DiskLayout.layerLink(stores.name, digest))
        #expect(try await !stores.blobs.exists(digest, in: stores.name))
        #expect(stores.events == ["link_malformed"])
        try await stores.push(Self.bytes)
        #expect(try await stores.blobs.exists(digest, in: stores.name))
        #expect(stores.events == ["link_malformed", "link_healed"])
    }

    @Test("that the storage cannot tell of are not taken for absent", arguments: [FaultyDriver.Verb.read, .stat])
    func failures(verb: FaultyDriver.Verb) async throws {
        let base = InMemoryDriver()
        let digest = try await Stores(base).push(Self.bytes)
        let stores = try Stores(FaultyDriver(base, failing: [verb], with: .failed))
        let error = await refusal { () throws(RegistryError) in try await stores.blobs.exists(digest, in: stores.name) }
        #expect(error?.code == .unknown)
        #expect(error?.status == 500)
    }
}
