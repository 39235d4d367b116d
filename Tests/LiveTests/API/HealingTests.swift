//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("What a crash or another server left behind", .timeLimit(.minutes(5)))
struct HealingTests {
    /// What a link may hold that is none.
    private static let broken: [String] = [
        "", "\0", "sha256:", "latest", "sha256:\(String(repeating: "a", count: 63))", "\(Digest.of([]))\n",
        String(repeating: "x", count: 5000),
    ]

    private static func name() throws -> RepositoryName { try RepositoryName("a") }

    @Test("A malformed tag is not found, is counted, and a push heals it", arguments: TestStorage.allCases, broken)
    func tag(storage: TestStorage, text: String) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let image = try await client.pushImage(to: "a", reference: "latest")
            try await registry.plant(Array(text.utf8), at: DiskLayout.currentLink(try Self.name(), try Tag("latest")))
            #expect(try await client.get("/v2/a/manifests/latest").errorCode == "MANIFEST_UNKNOWN")
            #expect(try await client.head("/v2/a/manifests/latest").status == 404)
            #expect(registry.instruments.linksMalformed.value == 2)
            #expect(registry.observer.events.count { $0.name == .linkMalformed } == 2)
            #expect(try await client.get("/v2/a/manifests/\(image.digest)").status == 200)
            #expect(registry.instruments.linksHealed.value == 0)
            #expect(try await client.put(image.manifest, as: "latest", to: "a").status == 201)
            #expect(try await client.get("/v2/a/manifests/latest").body == image.manifest)
            #expect(registry.instruments.linksMalformed.value == 2)
        }
    }

    @Test("A malformed revision is not found, is counted, and a push heals it", arguments: TestStorage.allCases, broken)
    func revision(storage: TestStorage, text: String) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let image = try await client.pushImage(to: "a")
            try await registry.plant(Array(text.utf8), at: DiskLayout.revisionLink(try Self.name(), image.digest))
            #expect(try await client.get("/v2/a/manifests/\(image.digest)").errorCode == "MANIFEST_UNKNOWN")
            #expect(registry.instruments.linksMalformed.value == 1)
            #expect(try await client.put(image.manifest, as: image.digest, to: "a").status == 201)
            #expect(try await client.get("/v2/a/manifests/\(image.digest)").body == image.manifest)
        }
    }

    @Test("A malformed layer is not found, is counted, and a push heals it", arguments: TestStorage.allCases, broken)
    func layer(storage: TestStorage, text: String) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let blob = sampleBytes(100)
            let digest = try await client.push(blob, to: "a")
            try await registry.plant(Array(text.utf8), at: DiskLayout.layerLink(try Self.name(), digest))
            #expect(try await client.get("/v2/a/blobs/\(digest)").errorCode == "BLOB_UNKNOWN")
            #expect(try await client.head("/v2/a/blobs/\(digest)").status == 404)
            #expect(registry.instruments.linksMalformed.value == 2)
            try await client.push(blob, to: "a")
            #expect(try await client.get("/v2/a/blobs/\(digest)").body == blob)
        }
    }

    @Test("A referrer whose link is malformed is not listed", arguments: TestStorage.allCases)
    func referrer(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let subject = Digest.of([9])
            let image = try await client.pushImage(to: "a", extra: Samples.subject(subject))
            try await registry.plant([], at: DiskLayout.revisionLink(try Self.name(), image.digest))
            let list = try await client.get("/v2/a/referrers/\(subject)")
            #expect(list.status == 200)
            #expect(list.text.contains(#""manifests":[]"#))
            #expect(registry.instruments.linksMalformed.value == 1)
            #expect(try await client.put(image.manifest, as: image.digest, to: "a").status == 201)
            #expect(try await client.get("/v2/a/referrers/\(subject)").text.contains(image.digest.description))
        }
    }

    @Test("A healed link is counted and told of", arguments: TestStorage.allCases)
    func healed(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let digest = try await client.push([1], to: "a")
            try await registry.plant([], at: DiskLayout.layerLink(try Self.name(), digest))
            try await client.push([1], to: "a")
            #expect(registry.instruments.linksHealed.value == 1)
            #expect(registry.observer.events.count { $0.name == .linkHealed } == 1)
        }
    }

    @Test("A link to another digest than its own name is malformed", arguments: TestStorage.allCases)
    func otherDigest(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let (one, two) = (try await client.push([1], to: "a"), try await client.push([2], to: "a"))
            try await registry.plant(Array(two.description.utf8), at: DiskLayout.layerLink(try Self.name(), one))
            #expect(try await client.get("/v2/a/blobs/\(one)").status == 404)
            #expect(registry.instruments.linksMalformed.value == 1)
        }
    }

    @Test("A truncated blob is repaired by pushing it again", arguments: TestStorage.allCases, [0, 50])
    func truncated(storage: TestStorage, rest: Int) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let blob = sampleBytes(100)
            let digest = try await client.push(blob, to: "a")
            try await registry.plant(Array(blob[..<rest]), at: DiskLayout.blob(digest))
            // A client that has it is told that it is not there, and so pushes it again.
            #expect(try await client.head("/v2/a/blobs/\(digest)").status == 404)
            #expect(try await client.get("/v2/a/blobs/\(digest)").errorCode == "BLOB_UNKNOWN")
            let mounted = try await client.send("POST", "/v2/c/blobs/uploads/?mount=\(digest)&from=a", body: [])
            #expect(mounted.status == 202)
            #expect(registry.instruments.blobsDamaged.value == 3)
            let damage = try #require(registry.observer.events.first { $0.name == .blobDamaged })
            #expect(damage.fields.map(\.value).prefix(2) == [.text(digest.description), .text("a")])
            try await client.push(blob, to: "b")
            #expect(try await client.get("/v2/a/blobs/\(digest)").body == blob)
            #expect(registry.instruments.blobsRepaired.value == 1)
            #expect(registry.observer.events.count { $0.name == .blobRepaired } == 1)
        }
    }

    @Test("A file truncated on the disk is repaired by pushing it again")
    func truncatedFile() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: IOPool(size: 2))
        try await TestRegistry.with(driver: driver) { registry in
            let client = WireClient(port: registry.port)
            let blob = sampleBytes(1 << 20)
            let digest = try await client.push(blob, to: "a")
            let file = String(DiskLayout.blob(digest).description.dropFirst())
            try folder.write(Array(blob[..<1000]), to: file)
            #expect(try await client.get("/v2/a/blobs/\(digest)").errorCode == "BLOB_UNKNOWN")
            let again = try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(digest)", body: blob)
            #expect(again.status == 201)
            #expect(try await client.get("/v2/a/blobs/\(digest)").body == blob)
            #expect(try folder.files()[file] == blob)
        }
    }

    @Test(
        "A manifest whose content is broken is not served, and a push repairs it",
        arguments: TestStorage.allCases,
        ["", "{}", "{"]
    )
    func brokenManifest(storage: TestStorage, text: String) async throws {
        try await storage.with { driver in
            let image = try await TestRegistry.with(driver: driver) { registry in
                let image = try await WireClient(port: registry.port).pushImage(to: "a", reference: "latest")
                try await registry.plant(Array(text.utf8), at: DiskLayout.blob(image.digest))
                return image
            }
            // The first server has the manifest in memory, where it is whole.
            try await TestRegistry.with(driver: driver) { registry in
                let client = WireClient(port: registry.port)
                let response = try await client.get("/v2/a/manifests/latest")
                #expect(response.errorCode == "MANIFEST_UNKNOWN")
                #expect(registry.instruments.cacheErrors.value == 1)
                #expect(registry.instruments.blobsDamaged.value == 1)
                #expect(try await registry.record(of: response).error?.cause?.isEmpty == false)
                #expect(try await client.put(image.manifest, as: "latest", to: "a").status == 201)
                #expect(try await client.get("/v2/a/manifests/latest").body == image.manifest)
            }
        }
    }

    @Test("Links whose content is gone are not found", arguments: TestStorage.allCases)
    func missingContent(storage: TestStorage) async throws {
        try await storage.with { driver in
            let (image, blob) = try await TestRegistry.with(driver: driver) { registry in
                let client = WireClient(port: registry.port)
                return (
                    try await client.pushImage(to: "a", reference: "latest").digest, try await client.push([1], to: "a")
                )
            }
            for digest in [image, blob] { try await driver.remove(DiskLayout.blob(digest)) }
            try await TestRegistry.with(driver: driver) { registry async throws in
                let client = WireClient(port: registry.port)
                #expect(try await client.get("/v2/a/manifests/latest").errorCode == "MANIFEST_UNKNOWN")
                #expect(try await client.get("/v2/a/blobs/\(blob)").errorCode == "BLOB_UNKNOWN")
                #expect(try await client.head("/v2/a/blobs/\(blob)").status == 404)
            }
        }
    }
}
