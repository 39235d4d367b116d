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

@Suite("sha512 from one end to the other", .timeLimit(.minutes(5)))
struct Sha512Tests {
    private static let blob = sampleBytes(3000)
    private static let digest = Digest.of(blob, .sha512)

    @Test("A blob is pushed and pulled by sha512", arguments: TestStorage.allCases)
    func blob(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let response = try await client.finish(try await client.begin(in: "a"), Self.digest, Self.blob)
            #expect(response.status == 201)
            #expect(response["docker-content-digest"] == Self.digest.description)
            let target = "/v2/a/blobs/\(Self.digest)"
            let pulled = try await client.get(target)
            #expect(pulled.body == Self.blob)
            #expect(pulled["docker-content-digest"] == Self.digest.description)
            #expect(try await client.head(target)["docker-content-digest"] == Self.digest.description)
            #expect(try await client.get(target, headers: [("Range", "bytes=5-9")]).body == Array(Self.blob[5...9]))
            #expect(try await client.delete(target).status == 202)
            #expect(try await client.get(target).status == 404)
        }
    }

    @Test(
        "Chunks are hashed with the algorithm that the end asks for",
        arguments: TestStorage.allCases,
        ["", "?digest-algorithm=sha512"]
    )
    func chunks(storage: TestStorage, query: String) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/\(query)", body: [])
            var location = try #require(begun["location"])
            for start in stride(from: 0, to: 2000, by: 1000) {
                let chunk = Array(Self.blob[start..<start + 1000])
                location = try #require(try await client.patch(location, chunk)["location"])
            }
            #expect(try await client.finish(location, Self.digest, Array(Self.blob[2000...])).status == 201)
            #expect(try await client.get("/v2/a/blobs/\(Self.digest)").body == Self.blob)
        }
    }

    @Test("One POST and a wrong digest work the same", arguments: TestStorage.allCases)
    func monolithic(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let target = "/v2/a/blobs/uploads/?digest=\(Self.digest)"
            let wrong = try await client.send("POST", target, body: [1])
            let right = try await client.send("POST", target, body: Self.blob)
            #expect(wrong.errorCode == "DIGEST_INVALID")
            #expect(right.status == 201)
        }
    }

    @Test("A manifest is pushed, tagged, pulled and deleted by sha512", arguments: TestStorage.allCases)
    func manifest(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let configuration = Array("{}".utf8)
            let layer = try await client.push(Self.blob, to: "a", .sha512)
            try await client.push(configuration, to: "a", .sha512)
            let manifest = Array(
                """
                {"schemaVersion":2,"mediaType":"\(MediaType.ociManifest)","config":{"mediaType":"application/x",\
                "digest":"\(Digest.of(configuration, .sha512))","size":2},"layers":[{"mediaType":"application/y",\
                "digest":"\(layer)","size":\(Self.blob.count)}]}
                """.utf8
            )
            let digest = Digest.of(manifest, .sha512)
            let pushed = try await client.put(manifest, as: digest, to: "a", query: "?tag=latest")
            #expect(pushed.status == 201)
            #expect(pushed["docker-content-digest"] == digest.description)
            for reference in ["latest", digest.description] {
                let pulled = try await client.get("/v2/a/manifests/\(reference)")
                #expect(pulled.body == manifest)
                #expect(pulled["docker-content-digest"] == digest.description)
            }
            // Under its other name the repository does not know it.
            #expect(try await client.get("/v2/a/manifests/\(Digest.of(manifest))").status == 404)
            #expect(try await client.put([1] + manifest, as: digest, to: "a").status == 400)
            #expect(try await client.delete("/v2/a/manifests/\(digest)").status == 202)
            #expect(try await client.get("/v2/a/manifests/latest").status == 404)
        }
    }

    @Test("Referrers of a sha512 subject are found", arguments: TestStorage.allCases)
    func referrers(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let extra = #","subject":{"mediaType":"application/x","digest":"\#(Self.digest)","size":3000}"#
            let image = try await client.pushImage(to: "a", extra: extra)
            let response = try await client.get("/v2/a/referrers/\(Self.digest)")
            #expect(response.text.contains(image.digest.description))
        }
    }

    @Test("A sha512 link that distribution wrote leads to the sha256 content", arguments: TestStorage.allCases)
    func alias(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let sha256 = try await client.push(Self.blob, to: "a")
            let link = try DiskLayout.layerLink(RepositoryName("a"), Self.digest)
            try await registry.plant(Array(sha256.description.utf8), at: link)
            let pulled = try await client.get("/v2/a/blobs/\(Self.digest)")
            #expect(pulled.status == 200)
            #expect(pulled.body == Self.blob)
            #expect(pulled["docker-content-digest"] == Self.digest.description)
            #expect(registry.instruments.linksMalformed.value == 0)
        }
    }
}
