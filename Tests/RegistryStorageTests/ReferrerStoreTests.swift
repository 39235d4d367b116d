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

@Suite("Referrers", .timeLimit(.minutes(5)))
struct ReferrerStoreTests {
    private static let subject = Digest.of([7])

    private func extra(_ subject: Digest, _ more: String = "") -> String {
        #","subject":{"mediaType":"a/b","digest":"\#(subject)","size":1}\#(more)"#
    }

    private func list(_ stores: Stores, _ subject: Digest = subject) async throws -> [Digest] {
        try await stores.referrers.list(of: subject, in: stores.name).map(\.descriptor.digest)
    }

    @Test("are the manifests that name a subject, in byte order, whether or not the subject exists")
    func list() async throws {
        let stores = try Stores()
        #expect(try await list(stores).isEmpty)
        var expected: [Digest] = []
        for number in 0..<5 {
            let more = #","annotations":{"number":"\#(number)"}"#
            expected.append(try await stores.pushManifest(extra: extra(Self.subject, more)).digest)
        }
        try await stores.pushManifest(tags: ["unrelated"])
        let other = try await stores.pushManifest(extra: extra(Digest.of([8]))).digest
        #expect(try await list(stores) == expected.sorted { byteOrder($0.description, $1.description) })
        #expect(try await list(stores, Digest.of([8])) == [other])
        #expect(try await stores.referrers.list(of: Self.subject, in: RepositoryName("other")).isEmpty)
    }

    @Test("say what they are: type, size, artifact type and annotations")
    func facts() async throws {
        let stores = try Stores()
        let more = #","artifactType":"application/x-sbom","annotations":{"a":"b"}"#
        let pushed = try await stores.pushManifest(extra: extra(Self.subject, more))
        let referrer = try #require(try await stores.referrers.list(of: Self.subject, in: stores.name).first)
        #expect(referrer.descriptor == pushed.descriptor)
        #expect(referrer.artifactType == "application/x-sbom")
        #expect(referrer.annotations == ["a": "b"])
        // Without its own, an image has the type of its configuration.
        try await stores.manifests.delete(pushed.digest, in: stores.name, tags: stores.tags)
        try await stores.pushManifest(extra: extra(Self.subject))
        let second = try #require(try await stores.referrers.list(of: Self.subject, in: stores.name).first)
        #expect(second.artifactType == "application/vnd.oci.image.config.v1+json")
    }

    @Test("may themselves be named by sha512, and name a subject so")
    func sha512() async throws {
        let stores = try Stores()
        let subject = Digest.of([7], .sha512)
        let configuration = Array("{}".utf8)
        try await stores.push(configuration)
        let manifest = WireClient.manifest(configuration: configuration, layers: [], extra: extra(subject))
        let digest = Digest.of(manifest, .sha512)
        try await stores.put(manifest, expected: digest)
        #expect(try await list(stores, subject) == [digest])
    }

    @Test("are no more when they are deleted, though what they said is known")
    func deleted() async throws {
        let stores = try Stores()
        let digest = try await stores.pushManifest(extra: extra(Self.subject)).digest
        #expect(try await list(stores) == [digest])
        try await stores.manifests.delete(digest, in: stores.name, tags: stores.tags)
        #expect(try await list(stores).isEmpty)
        try await stores.pushManifest(extra: extra(Self.subject))
        #expect(try await list(stores) == [digest])
    }

    @Test("whose content is gone or broken, and strange folders, are passed over", arguments: [true, false])
    func broken(removes: Bool) async throws {
        let driver = InMemoryDriver()
        let digest = try await Stores(driver).pushManifest(extra: extra(Self.subject)).digest
        let good = try await Stores(driver).pushManifest(extra: extra(Self.subject, #","annotations":{"a":"b"}"#))
            .digest
        if removes {
            try await driver.remove(DiskLayout.blob(digest))
        } else {
            try await driver.put([1], at: DiskLayout.blob(digest))
        }
        let stores = try Stores(driver)
        let revisions = DiskLayout.revisions(stores.name, .sha256)
        try await driver.put([1], at: revisions.appending("not-a-digest/link"))
        #expect(try await list(stores) == [good])
    }

    @Test("whose link is gone, though its folder is there, are none")
    func folderWithoutLink() async throws {
        let stores = try Stores()
        let digest = try await stores.pushManifest(extra: extra(Self.subject)).digest
        try await stores.driver.remove(DiskLayout.revisionLink(stores.name, digest))
        try await stores.driver.put([1], at: DiskLayout.revisionLink(stores.name, digest).parent.appending("other"))
        #expect(try await list(stores).isEmpty)
    }

    @Test("are read once: after that, one call a revision's link and one a list")
    func calls() async throws {
        let driver = InMemoryDriver()
        for number in 0..<10 {
            try await Stores(driver).pushManifest(extra: extra(Self.subject, #","annotations":{"n":"\#(number)"}"#))
        }
        try await Stores(driver).pushManifest()
        let stores = try Stores(driver)
        let first = try await stores.calls { () async throws(RegistryError) in
            _ = try await stores.referrers.list(of: Self.subject, in: stores.name)
        }
        let second = try await stores.calls { () async throws(RegistryError) in
            _ = try await stores.referrers.list(of: Self.subject, in: stores.name)
        }
        #expect(first == 2 + 11 + 10)
        #expect(second == 2 + 10)
    }

    @Test("that the storage cannot tell of are not taken for none", arguments: [FaultyDriver.Verb.list, .read])
    func failures(verb: FaultyDriver.Verb) async throws {
        let driver = InMemoryDriver()
        try await Stores(driver).pushManifest(extra: extra(Self.subject))
        let stores = try Stores(FaultyDriver(driver, failing: [verb], with: .failed))
        let error = await refusal { () throws(RegistryError) in
            try await stores.referrers.list(of: Self.subject, in: stores.name)
        }
        #expect(error?.code == .unknown)
    }
}
