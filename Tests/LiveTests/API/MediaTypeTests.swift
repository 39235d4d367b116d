//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Media types of manifests", .timeLimit(.minutes(5)))
struct MediaTypeTests {
    private static let configuration = Array("{}".utf8)

    private static func image(_ type: MediaType, extra: String = "") -> [UInt8] {
        let text = String(
            decoding: WireClient.manifest(configuration: configuration, layers: [], extra: extra),
            as: UTF8.self
        )
        return Array(text.replacing(MediaType.ociManifest.description, with: type.description).utf8)
    }

    private static let types: [MediaType] = [
        .ociManifest, .dockerManifest, .ociArtifact, MediaType("application/vnd.example.thing.v1+json"),
    ]

    @Test("A manifest is served as the type it was pushed with", arguments: TestStorage.allCases, types)
    func images(storage: TestStorage, type: MediaType) async throws {
        try await storage.with { driver in
            let manifest = Self.image(type)
            try await TestRegistry.with(driver: driver) { registry in
                let client = WireClient(port: registry.port)
                try await client.push(Self.configuration, to: "a")
                #expect(try await client.put(manifest, as: "latest", to: "a", type: type).status == 201)
                #expect(try await client.get("/v2/a/manifests/latest")["content-type"] == type.description)
            }
            // What is read back from the storage has the same type as what was just pushed.
            try await TestRegistry.with(driver: driver) { registry in
                let pulled = try await WireClient(port: registry.port).get("/v2/a/manifests/latest")
                #expect(pulled["content-type"] == type.description)
                #expect(pulled.body == manifest)
            }
        }
    }

    @Test(
        "An index is served as the type it was pushed with",
        arguments: TestStorage.allCases,
        [MediaType.ociIndex, .dockerList]
    )
    func indexes(storage: TestStorage, type: MediaType) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a")
            let inner = Samples.index([(image.digest, image.manifest.count)], type: type)
            #expect(try await client.put(inner, as: Digest.of(inner), to: "a", type: type).status == 201)
            // An index may hold indexes, and nothing at all.
            let outer = Samples.index([(Digest.of(inner), inner.count)], type: type, of: type)
            #expect(try await client.put(outer, as: "outer", to: "a", type: type).status == 201)
            #expect(try await client.put(Samples.index([], type: type), as: "empty", to: "a", type: type).status == 201)
            for (tag, bytes) in [("outer", outer), ("empty", Samples.index([], type: type))] {
                let pulled = try await client.get("/v2/a/manifests/\(tag)")
                #expect(pulled["content-type"] == type.description)
                #expect(pulled.body == bytes)
            }
        }
    }

    @Test("Without a mediaType the shape tells the type", arguments: TestStorage.allCases)
    func inferred(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a")
            func bare(_ bytes: [UInt8], _ type: MediaType) -> [UInt8] {
                Array(
                    String(decoding: bytes, as: UTF8.self).replacing(
                        #""schemaVersion":2,"mediaType":"\#(type)""#,
                        with: #""schemaVersion":2"#
                    ).utf8
                )
            }
            let index = Samples.index([(image.digest, image.manifest.count)])
            for (type, bytes) in [(MediaType.ociManifest, image.manifest), (.ociIndex, index)] {
                for declared in [type, nil] {
                    let manifest = bare(bytes, type)
                    #expect(manifest.count < bytes.count)
                    #expect(try await client.put(manifest, as: "latest", to: "a", type: declared).status == 201)
                    #expect(try await client.get("/v2/a/manifests/latest")["content-type"] == type.description)
                }
            }
        }
    }

    @Test("Parameters and case of Content-Type do not matter")
    func parameters() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let image = try await client.pushImage(to: "a")
            let header = [("Content-Type", "Application/Vnd.OCI.Image.Manifest.v1+JSON ; charset=utf-8")]
            let pushed = try await client.send("PUT", "/v2/a/manifests/latest", headers: header, body: image.manifest)
            #expect(pushed.status == 201)
            #expect(try await client.get("/v2/a/manifests/latest")["content-type"] == MediaType.ociManifest.description)
        }
    }

    @Test(
        "What is no manifest is MANIFEST_INVALID",
        arguments: [
            "", "{", "[]", "null", "1", "\"x\"", "{}", #"{"schemaVersion":2}"#, #"{"schemaVersion":"2","config":{}}"#,
            #"{"schemaVersion":2,"config":{"size":2}}"#, #"{"schemaVersion":2,"config":[],"layers":[]}"#,
            #"{"schemaVersion":2,"layers":[]}"#, #"{"schemaVersion":2,"config":{},"manifests":[]}"#, "\u{0}\u{1}",
        ]
    )
    func malformed(text: String) async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            for type in [MediaType.ociManifest, nil] {
                let response = try await client.put(Array(text.utf8), as: "latest", to: "a", type: type)
                #expect(response.status == 400)
                #expect(response.errorCode == "MANIFEST_INVALID")
            }
            #expect(try await registry.paths() == [])
        }
    }

    @Test(
        "A descriptor without a size, or of less than nothing, is MANIFEST_INVALID",
        arguments: ["", #","size":-1"#, #","size":"2""#, #","size":null"#]
    )
    func sizes(size: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let manifest = #"{"schemaVersion":2,"config":{"digest":"\#(Digest.of([]))"\#(size)},"layers":[]}"#
            let response = try await client.put(Array(manifest.utf8), as: "latest", to: "a")
            #expect(response.status == 400)
            #expect(response.errorCode == "MANIFEST_INVALID")
        }
    }

    @Test("A malformed digest inside is DIGEST_INVALID")
    func digests() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let manifest = #"{"schemaVersion":2,"config":{"digest":"sha256:baddigeststring","size":2},"layers":[]}"#
            let response = try await client.put(Array(manifest.utf8), as: "latest", to: "a")
            #expect(response.status == 400)
            #expect(response.errorCode == "DIGEST_INVALID")
        }
    }

    @Test("A type that the bytes do not tell, or contradict, is refused: it would be lost")
    func contradictions() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let image = try await client.pushImage(to: "a")
            let other = try await client.put(image.manifest, as: "x", to: "a", type: .dockerManifest)
            #expect(other.errorCode == "MANIFEST_INVALID")
            let bare = Array(
                #"{"schemaVersion":2,"config":{"digest":"\#(Digest.of(Self.configuration))","size":2},"layers":[]}"#
                    .utf8
            )
            #expect(try await client.put(bare, as: "x", to: "a", type: .dockerManifest).errorCode == "MANIFEST_INVALID")
            #expect(try await client.get("/v2/a/manifests/x").status == 404)
        }
    }

    @Test(
        "Docker schema 1 is refused, with and without Content-Type",
        arguments: [MediaType.dockerSigned, .dockerUnsigned, nil]
    )
    func schema1(type: MediaType?) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let signatures = type == .dockerUnsigned ? "" : #","signatures":[{}]"#
            let manifest = #"{"schemaVersion":1,"name":"a","tag":"x","fsLayers":[],"history":[]\#(signatures)}"#
            let response = try await client.put(Array(manifest.utf8), as: "x", to: "a", type: type)
            #expect(response.status == 400)
            #expect(response.errorCode == "MANIFEST_INVALID")
            #expect(try await client.get("/v2/a/manifests/x").status == 404)
        }
    }

    @Test(
        "Layers that may not be distributed need not be here",
        arguments: [
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        ]
    )
    func foreignLayers(type: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            try await client.push(Self.configuration, to: "a")
            let text = String(
                decoding: WireClient.manifest(configuration: Self.configuration, layers: [[1, 2]]),
                as: UTF8.self
            )
            #expect(try await client.put(Array(text.utf8), as: "x", to: "a").errorCode == "MANIFEST_BLOB_UNKNOWN")
            let foreign = text.replacing("application/vnd.oci.image.layer.v1.tar", with: type)
            #expect(try await client.put(Array(foreign.utf8), as: "x", to: "a").status == 201)
        }
    }

    @Test("Data inside descriptors and members nobody knows are kept", arguments: TestStorage.allCases)
    func unknownMembers(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            try await client.push(Self.configuration, to: "a")
            let manifest = Self.image(
                .ociManifest,
                extra: #","org.example":{"deep":[1,2.5,null,true,"\u00e9"]},"data":"e30=""#
            )
            #expect(try await client.put(manifest, as: "x", to: "a").status == 201)
            #expect(try await client.get("/v2/a/manifests/x").body == manifest)
        }
    }
}
