//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTestKit
import Testing

@Suite(
    "A registry over Azure, Google Cloud Storage, OpenStack Swift with and without Keystone, and Aliyun OSS",
    .timeLimit(.minutes(10))
)
struct CloudRegistryTests {
    enum Vendor: String, CaseIterable, Sendable {
        case azure, gcs, swift, keystone, oss
    }

    /// A bucket of a test's server, as registries are told of it.
    private struct Bucket {
        var driver: String
        /// How the addresses of blobs begin that clients are sent to; nil where they are sent nowhere.
        var blobs: String?
        /// What no such address may have in it.
        var secret = ""
        var environment: [String: String] = [:]
        /// Of the bucket itself.
        var objects: ObjectStorageDriver
    }

    private func withBucket(_ vendor: Vendor, _ body: (Bucket) async throws -> Void) async throws {
        switch vendor {
        case .azure:
            try await AzureProcess.with { server in
                try await body(
                    Bucket(
                        driver: server.section(root: "/root"),
                        blobs: "\(server.serviceURL)/\(AzureProcess.container)/root/docker/registry/v2/blobs/sha256/",
                        secret: AzureProcess.key,
                        objects: try AzureTestDriver(server, root: "/root").driver
                    )
                )
            }
        case .gcs:
            try await GCSProcess.with { server in
                let test = GCSTestDriver(authority: server.address)
                try await body(
                    Bucket(
                        driver: "gcs: {bucket: \(GCSProcess.bucket), chunksize: 1MiB}",
                        environment: ["STORAGE_EMULATOR_HOST": server.address],
                        objects: test.driver
                    )
                )
                await test.driver.shutDown()
            }
        case .swift:
            try await SwiftStoreProcess.with { server in
                try await body(swift(server, account: "test", secret: SwiftStoreProcess.key))
            }
        case .keystone:
            try await SwiftStoreProcess.withKeystone { server, keystone in
                try await body(swift(server, account: keystone.project, secret: KeystoneProcess.password))
            }
        case .oss:
            try await OSSProcess.with { server in
                let test = OSSTestDriver(authority: server.authority)
                try await body(
                    Bucket(
                        driver: """
                            oss: {accesskeyid: \(OSSProcess.keyID), accesskeysecret: "\(OSSProcess.keySecret)", \
                            region: oss-\(OSSProcess.region), bucket: \(OSSProcess.bucket), secure: false, \
                            endpoint: "\(server.authority)"}
                            """,
                        blobs: "http://\(server.authority)/registry/docker/registry/v2/blobs/sha256/",
                        secret: OSSProcess.keySecret,
                        objects: test.driver
                    )
                )
                await test.driver.shutDown()
            }
        }
    }

    private func swift(_ server: SwiftStoreProcess, account: String, secret: String) -> Bucket {
        let container = "http://127.0.0.1:\(server.port)/v1/AUTH_\(account)/\(SwiftStoreProcess.container)"
        return Bucket(
            driver: server.section(prefix: "some/prefix"),
            blobs: "\(container)/some/prefix/files/docker/registry/v2/blobs/sha256/",
            secret: secret,
            objects: SwiftTestDriver(server, prefix: "some/prefix").driver
        )
    }

    private func withServer(
        _ bucket: Bucket,
        storage: String = "redirect: {disable: true}",
        sections: String = "",
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        try await ServerProcess.with { setup in
            setup.driver = bucket.driver
            setup.environment = bucket.environment
            setup.storage = storage
            setup.sections = sections
        } _: {
            try await body($0)
        }
    }

    private func check(_ image: ImageFolder, _ server: String) async throws {
        let pulled = try TemporaryFolder()
        try await Skopeo.copy("docker://\(server)/library/image:1", "oci:\(pulled.path)/image:latest")
        #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
    }

    @Test("gives back what was pushed, from itself or by way of the store", arguments: Vendor.allCases)
    func roundTrip(_ vendor: Vendor) async throws {
        let image = try await ImageFolder.make(layers: [1, 2, 3], layerBytes: 2_700_000)
        try await withBucket(vendor) { bucket in
            try await withServer(bucket) { server in
                try await Skopeo.copy(image.reference, "docker://\(server.address)/library/image:1")
                try await check(image, server.address)
                let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
                let place = "/v2/library/image/blobs/\(Digest.of(blob))"
                let range = try await server.client.get(place, headers: [("Range", "bytes=2000000-2000099")])
                #expect(range.status == 206)
                #expect(range.body == Array(blob[2_000_000..<2_000_100]))
                let tags = try await server.client.get("/v2/library/image/tags/list")
                #expect(String(decoding: tags.body, as: UTF8.self).contains(#""tags":["1"]"#))
                let catalogue = try await server.client.get("/v2/_catalog")
                #expect(String(decoding: catalogue.body, as: UTF8.self).contains(#"["library/image"]"#))
            }
            try await withServer(bucket, storage: "redirect: {disable: false}") { server in
                try await check(image, server.address)
                let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
                let answer = try await server.client.send("HEAD", "/v2/library/image/blobs/\(Digest.of(blob))")
                // Google's emulator takes no signed addresses, and so none are given out.
                #expect(answer.status == (bucket.blobs == nil ? 200 : 307))
                if let blobs = bucket.blobs {
                    let location = try #require(answer["location"])
                    #expect(location.hasPrefix(blobs) && !location.contains(bucket.secret), "\(location)")
                }
            }
        }
    }

    @Test("goes on with an upload whose server was killed, on another server", arguments: Vendor.allCases)
    func killed(_ vendor: Vendor) async throws {
        let blob = PseudorandomBytes.bytes(23_456_789, seed: 1)
        try await withBucket(vendor) { bucket in
            try await withServer(bucket) { first in
                try await withServer(bucket) { second in
                    let begun = try await first.client.beginUpload(in: "moved/upload")
                    _ = try await first.client.sendChunk(begun, blob[..<11_000_000])
                    await first.kill()
                    let place = WireClient.withoutQuery(begun)
                    let (offset, location) = try await second.client.uploadStatus(place)
                    #expect(offset == 11_000_000)
                    try await second.client.finishUpload(location, blob[offset...], Digest.of(blob))
                    let answer = try await second.client.send("GET", "/v2/moved/upload/blobs/\(Digest.of(blob))")
                    #expect(answer.body == blob)
                }
            }
        }
    }

    @Test("goes on with the trace of a request, and tells nothing that opens doors", arguments: Vendor.allCases)
    func traced(_ vendor: Vendor) async throws {
        try await withBucket(vendor) { bucket in
            let trace = try StoreTrace()
            try await withServer(bucket, sections: trace.section) { try await trace.check($0, secret: bucket.secret) }
        }
    }

    @Test("keeps a ledger, deletes and collects", arguments: Vendor.allCases)
    func maintenance(_ vendor: Vendor) async throws {
        let image = try await ImageFolder.make(layers: [1, 2], layerBytes: 100_000)
        try await withBucket(vendor) { bucket in
            let folder = try TemporaryFolder()
            let ledger = "ledger: {path: \"\(folder.path)/ledger.db\"}"
            try await withServer(bucket, sections: ledger) { server in
                try await Skopeo.copy(image.reference, "docker://\(server.address)/library/image:1")
                #expect(try await server.client.delete("/v2/library/image/manifests/\(image.digest)").status == 202)
                await server.terminate()
                let binary = try ProjectFolder.binary()
                let options = ["--delete-untagged", "--older-than", "0s", "--no-trash", server.configuration]
                let collected = try await Tool.run(
                    binary,
                    ["garbage-collect"] + options,
                    environment: bucket.environment
                )
                #expect(collected.succeeded, "\(collected)")
                let blobs = StoragePath.root.appending("docker/registry/v2/blobs/sha256")
                #expect(try await !bucket.objects.holds(blobs))
            }
        }
    }
}
