//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Pulling manifests", .timeLimit(.minutes(5)))
struct ManifestPullTests {
    @Test("A manifest comes back byte for byte, by tag and by digest", arguments: TestStorage.allCases)
    func bytes(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            // White space and order of members are the client's own, and part of the digest.
            let odd = Array(
                " {\n\t\"config\" : {\"size\":2,\"digest\":\"\(Digest.of(Array("{}".utf8)))\"},  \"schemaVersion\":2,\"layers\":[] }\r\n"
                    .utf8
            )
            try await client.push(Array("{}".utf8), to: "a")
            let pushed = try await client.put(odd, as: "latest", to: "a")
            #expect(pushed.status == 201)
            let digest = Digest.of(odd)
            for reference in ["latest", digest.description] {
                let response = try await client.get("/v2/a/manifests/\(reference)")
                #expect(response.status == 200)
                #expect(response.body == odd)
                #expect(response["content-type"] == MediaType.ociManifest.description)
                #expect(response["content-length"] == String(odd.count))
                #expect(response["docker-content-digest"] == digest.description)
                #expect(response["etag"] == "\"\(digest)\"")
                #expect(response["docker-distribution-api-version"] == "registry/2.0")
            }
        }
    }

    @Test("HEAD tells type, size and digest", arguments: TestStorage.allCases)
    func head(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "latest")
            for reference in ["latest", image.digest.description] {
                let response = try await client.head("/v2/a/manifests/\(reference)")
                #expect(response.status == 200)
                #expect(response["content-length"] == String(image.manifest.count))
                #expect(response["content-type"] == MediaType.ociManifest.description)
                #expect(response["docker-content-digest"] == image.digest.description)
            }
        }
    }

    @Test(
        "Accept selects nothing: there is one manifest under a name, and its type is told",
        arguments: [
            "*/*", "application/json", "application/vnd.docker.distribution.manifest.v2+json", "text/html", "",
            "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json",
        ]
    )
    func accept(value: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "latest")
            let response = try await client.get("/v2/a/manifests/latest", headers: [("Accept", value)])
            #expect(response.status == 200)
            #expect(response.body == image.manifest)
        }
    }

    @Test("What was not pushed here is MANIFEST_UNKNOWN", arguments: TestStorage.allCases)
    func unknown(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "latest")
            for target in [
                "/v2/a/manifests/other", "/v2/b/manifests/latest", "/v2/b/manifests/\(image.digest)",
                "/v2/a/manifests/\(Digest.of([1]))", "/v2/a/manifests/\(Digest.of(image.manifest, .sha512))",
            ] {
                let response = try await client.get(target)
                #expect(response.status == 404, "\(target)")
                #expect(response.errorCode == "MANIFEST_UNKNOWN", "\(target)")
                #expect(try await client.head(target).status == 404, "\(target)")
            }
        }
    }

    @Test("A manifest that names a subject tells it at each pull", arguments: TestStorage.allCases)
    func subject(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let subject = Digest.of([1, 2, 3])
            let extra =
                #","subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"\#(subject)","size":3}"#
            try await client.pushImage(to: "a", reference: "signature", extra: extra)
            #expect(try await client.get("/v2/a/manifests/signature")["oci-subject"] == subject.description)
            try await client.pushImage(to: "a", reference: "plain")
            #expect(try await client.get("/v2/a/manifests/plain")["oci-subject"] == nil)
        }
    }

    @Test("The record tells whether the manifest was in memory")
    func cache() async throws {
        try await TestStorage.inMemory.with { driver in
            let image = try await TestRegistry.with(driver: driver) { registry in
                try await WireClient(port: registry.port).pushImage(to: "a", reference: "latest")
            }
            // Another server on the same storage has nothing in memory yet.
            try await TestRegistry.with(driver: driver) { registry in
                let client = WireClient(port: registry.port)
                let first = try await client.get("/v2/a/manifests/latest")
                let second = try await client.get("/v2/a/manifests/latest")
                #expect(first.body == image.manifest && second.body == image.manifest)
                #expect(try await registry.record(of: first).cache == .miss)
                #expect(try await registry.record(of: second).cache == .hit)
                #expect(registry.instruments.cacheRequests.value == 2)
                #expect(registry.instruments.cacheHits.value == 1)
                #expect(registry.instruments.cacheMisses.value == 1)
            }
        }
    }
}
