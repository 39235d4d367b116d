//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Pushing manifests", .timeLimit(.minutes(5)))
struct ManifestPushTests {
    private static let configuration = Array("{}".utf8)

    @Test("A push is answered with where the manifest is", arguments: TestStorage.allCases)
    func answer(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            try await client.push(Self.configuration, to: "a/b")
            let manifest = WireClient.manifest(configuration: Self.configuration, layers: [])
            let digest = Digest.of(manifest)
            for reference in ["latest", digest.description] {
                let response = try await client.put(manifest, as: reference, to: "a/b")
                #expect(response.status == 201)
                let location = try #require(response["location"])
                #expect(location == "http://127.0.0.1:\(registry.port)/v2/a/b/manifests/\(digest)")
                #expect(response["docker-content-digest"] == digest.description)
                #expect(response["content-length"] == "0")
                #expect(response["oci-subject"] == nil)
                #expect(try await client.get(location).body == manifest)
            }
        }
    }

    @Test("A push by digest sets the tags it names, and says which", arguments: TestStorage.allCases)
    func tagParameters(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            try await client.push(Self.configuration, to: "a")
            let manifest = WireClient.manifest(configuration: Self.configuration, layers: [])
            let tags = (1...12).map { "t\($0)" }
            let query = "?" + tags.map { "tag=\($0)" }.joined(separator: "&")
            let response = try await client.put(manifest, as: Digest.of(manifest), to: "a", query: query)
            #expect(response.status == 201)
            #expect(response.all("oci-tag") == tags)
            for tag in tags { #expect(try await client.get("/v2/a/manifests/\(tag)").body == manifest) }
        }
    }

    @Test("More tags than one push may set are a 414, and none is set", arguments: TestStorage.allCases)
    func tooManyTags(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a")
            func query(_ count: Int) -> String { "?" + (1...count).map { "tag=t\($0)" }.joined(separator: "&") }
            let refused = try await client.put(image.manifest, as: image.digest, to: "a", query: query(101))
            #expect(refused.status == 414)
            #expect(refused.errorCode == "TAG_INVALID")
            #expect(try await client.get("/v2/a/tags/list").text == #"{"name":"a","tags":[]}"#)
            #expect(try await client.put(image.manifest, as: image.digest, to: "a", query: query(100)).status == 201)
        }
    }

    @Test("A digest that is not the content's is refused, and nothing is seen of it", arguments: TestStorage.allCases)
    func mismatch(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let image = try await client.pushImage(to: "a")
            let before = try await registry.tree()
            for algorithm in DigestAlgorithm.allCases {
                let response = try await client.put(
                    image.manifest,
                    as: Digest.of([1], algorithm),
                    to: "a",
                    query: "?tag=x"
                )
                #expect(response.status == 400)
                #expect(response.errorCode == "DIGEST_INVALID")
            }
            #expect(try await registry.tree() == before)
        }
    }

    @Test("A manifest whose blobs are missing is refused, whichever it is", arguments: TestStorage.allCases)
    func missingBlobs(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let layers = [sampleBytes(10, seed: 1), sampleBytes(10, seed: 2)]
            let manifest = WireClient.manifest(configuration: Self.configuration, layers: layers)
            // What another repository has does not count.
            for blob in [Self.configuration] + layers { try await client.push(blob, to: "elsewhere") }
            for blob in [Self.configuration] + layers {
                let response = try await client.put(manifest, as: "latest", to: "a")
                #expect(response.status == 400)
                #expect(response.errorCode == "MANIFEST_BLOB_UNKNOWN")
                #expect(response.text.contains(Digest.of(blob).description))
                try await client.push(blob, to: "a")
            }
            #expect(try await registry.paths().allSatisfy { !$0.contains("_manifests") })
            #expect(try await client.put(manifest, as: "latest", to: "a").status == 201)
        }
    }

    @Test("An index whose manifests are missing is refused", arguments: TestStorage.allCases)
    func missingManifests(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "elsewhere")
            let index = Samples.index([(image.digest, image.manifest.count)])
            let response = try await client.put(index, as: "latest", to: "a", type: .ociIndex)
            #expect(response.status == 400)
            #expect(response.errorCode == "MANIFEST_BLOB_UNKNOWN")
            // That the bytes are a blob of the repository is not enough: they must be a manifest in it.
            try await client.push(image.manifest, to: "a")
            #expect(
                try await client.put(index, as: "latest", to: "a", type: .ociIndex).errorCode == "MANIFEST_BLOB_UNKNOWN"
            )
            try await client.pushImage(to: "a")
            #expect(try await client.put(index, as: "latest", to: "a", type: .ociIndex).status == 201)
        }
    }

    @Test("Pushing a tag again moves it, and what it was stays under its digest", arguments: TestStorage.allCases)
    func moveTag(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let first = try await client.pushImage(to: "a", reference: "latest", layers: [[1]])
            let second = try await client.pushImage(to: "a", reference: "latest", layers: [[2]])
            #expect(first.digest != second.digest)
            #expect(try await client.get("/v2/a/manifests/latest").body == second.manifest)
            #expect(try await client.get("/v2/a/manifests/\(first.digest)").body == first.manifest)
            #expect(try await client.get("/v2/a/tags/list").text == #"{"name":"a","tags":["latest"]}"#)
            try await client.pushImage(to: "a", reference: "latest", layers: [[1]])
            #expect(try await client.get("/v2/a/manifests/latest").body == first.manifest)
        }
    }

    @Test("A manifest of 4 MiB is taken, and one more byte is a 413", arguments: TestStorage.allCases, [true, false])
    func limit(storage: TestStorage, isStreamed: Bool) async throws {
        try await TestRegistry.client(storage) { client, registry in
            try await client.push(Self.configuration, to: "a")
            let bare =
                WireClient.manifest(configuration: Self.configuration, layers: []).count
                + Samples.annotation("").utf8.count
            for (size, status) in [(ManifestFacts.maximumBytes, 201), (ManifestFacts.maximumBytes + 1, 413)] {
                let extra = Samples.annotation(String(repeating: "x", count: size - bare))
                let manifest = WireClient.manifest(configuration: Self.configuration, layers: [], extra: extra)
                #expect(manifest.count == size)
                let response = try await WireConnection.with(port: registry.port) { connection in
                    let length = isStreamed ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
                    try await connection.send("PUT /v2/a/manifests/t\(status) HTTP/1.1\r\nHost: a\r\n\(length)\r\n\r\n")
                    if isStreamed { try await connection.send(String(size, radix: 16) + "\r\n") }
                    // The server may answer and close before it has seen all of it.
                    try? await connection.send(manifest)
                    if isStreamed { try? await connection.send("\r\n0\r\n\r\n") }
                    return try await connection.response()
                }
                #expect(response.status == status)
                if status == 413 { #expect(response.errorCode == "MANIFEST_INVALID") }
            }
            #expect(
                try await client.get("/v2/a/manifests/t201")["content-length"] == String(ManifestFacts.maximumBytes)
            )
            #expect(try await client.get("/v2/a/manifests/t413").status == 404)
        }
    }
}
