//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Pushing blobs whole", .timeLimit(.minutes(5)))
struct BlobPushTests {
    @Test("An upload begins with an address and a name", arguments: TestStorage.allCases)
    func begin(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let response = try await client.send("POST", "/v2/a/b/blobs/uploads/", body: [])
            #expect(response.status == 202)
            #expect(response["content-length"] == "0")
            #expect(response["range"] == "0-0")
            let id = try #require(response["docker-upload-uuid"])
            let location = try #require(response["location"])
            #expect(location.hasPrefix("http://127.0.0.1:\(registry.port)/v2/a/b/blobs/uploads/\(id)?_state="))
            #expect(try await registry.record(of: response).uploadID?.description == id)
            // Without the slash at the end it is the same route.
            #expect(try await client.send("POST", "/v2/a/b/blobs/uploads", body: []).status == 202)
        }
    }

    @Test("POST and PUT make a blob", arguments: TestStorage.allCases, [0, 1, 2, 70_000, 2 << 20])
    func postPut(storage: TestStorage, size: Int) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let blob = sampleBytes(size)
            let digest = Digest.of(blob)
            let location = try await client.begin(in: "a")
            let response = try await client.finish(location, digest, blob)
            #expect(response.status == 201)
            #expect(response["location"] == "http://127.0.0.1:\(registry.port)/v2/a/blobs/\(digest)")
            #expect(response["docker-content-digest"] == digest.description)
            #expect(response["docker-upload-uuid"] != nil)
            #expect(response["content-length"] == "0")
            #expect(try await client.get(try #require(response["location"])).body == blob)
            // Nothing of the session is left.
            #expect(try await client.get(location).errorCode == "BLOB_UPLOAD_UNKNOWN")
            #expect(try await registry.paths().allSatisfy { !$0.contains("_uploads") })
        }
    }

    @Test("The address works without its state, as clients may shorten it", arguments: TestStorage.allCases)
    func withoutState(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let blob = sampleBytes(100)
            let location = WireClient.withoutQuery(try await client.begin(in: "a"))
            #expect(try await client.patch(location, Array(blob[..<50])).status == 202)
            #expect(try await client.get(location)["range"] == "0-49")
            #expect(try await client.finish(location, Digest.of(blob), Array(blob[50...])).status == 201)
        }
    }

    @Test("One POST with a digest makes a blob", arguments: TestStorage.allCases, [0, 1, 70_000, 2 << 20])
    func monolithic(storage: TestStorage, size: Int) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let blob = sampleBytes(size)
            let digest = Digest.of(blob)
            let response = try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(digest)", body: blob)
            #expect(response.status == 201)
            #expect(response["docker-content-digest"] == digest.description)
            #expect(try await client.get(try #require(response["location"])).body == blob)
            #expect(try await registry.paths().allSatisfy { !$0.contains("_uploads") })
        }
    }

    @Test("A body may come in chunks of HTTP, on every way", arguments: TestStorage.allCases, ["POST", "PUT", "PATCH"])
    func transferEncoding(storage: TestStorage, method: String) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let blob = Array("hello, world".utf8)
            let digest = Digest.of(blob)
            let location = WireClient.path(of: try await client.begin(in: "a"))
            let target =
                method == "POST"
                ? "/v2/a/blobs/uploads/?digest=\(digest)"
                : method == "PUT" ? WireClient.adding("digest=\(digest)", to: location) : location
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(
                    "\(method) \(target) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                )
                try await connection.send("5\r\nhello\r\n7\r\n, world\r\n0\r\n\r\n")
                #expect(try await connection.response().status == (method == "PATCH" ? 202 : 201))
            }
            if method == "PATCH" { #expect(try await client.finish(location, digest).status == 201) }
            #expect(try await client.get("/v2/a/blobs/\(digest)").body == blob)
        }
    }

    /// The ways in which a blob ends that is not what its digest says.
    enum Way: CaseIterable { case postOnly, postPut, patchThenPut, patchAndLastChunk }

    @Test("A wrong digest is refused and leaves nothing behind", arguments: TestStorage.allCases, Way.allCases)
    func mismatch(storage: TestStorage, way: Way) async throws {
        try await TestRegistry.client(storage) { client, registry in
            try await client.push(sampleBytes(10), to: "a")
            let before = try await registry.tree()
            let (blob, digest) = (sampleBytes(5000, seed: 1), Digest.of(sampleBytes(5000, seed: 2)))
            let location = way == .postOnly ? "" : try await client.begin(in: "a")
            let response: WireResponse
            switch way {
            case .postOnly:
                response = try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(digest)", body: blob)
            case .postPut:
                response = try await client.finish(location, digest, blob)
            case .patchThenPut:
                let next = try #require(try await client.patch(location, blob)["location"])
                response = try await client.finish(next, digest)
            case .patchAndLastChunk:
                let next = try #require(try await client.patch(location, Array(blob[..<100]))["location"])
                response = try await client.finish(next, digest, Array(blob[100...]))
            }
            #expect(response.status == 400)
            #expect(response.errorCode == "DIGEST_INVALID")
            for name in [digest, Digest.of(blob)] {
                #expect(try await client.get("/v2/a/blobs/\(name)").status == 404)
                #expect(try await client.send("POST", "/v2/b/blobs/uploads/?mount=\(name)", body: []).status == 202)
            }
            if way != .postOnly { #expect(try await client.get(location).status == 404) }
            let after = try await registry.tree().filter { !$0.key.contains("/b/_uploads/") }
            #expect(after == before)
            #expect(registry.instruments.uploadsInProgress.value == 0)
        }
    }

    @Test("The end of an upload needs a digest", arguments: TestStorage.allCases)
    func noDigest(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let location = try await client.begin(in: "a")
            let response = try await client.send("PUT", location, body: [1])
            #expect(response.status == 400)
            #expect(response.errorCode == "DIGEST_INVALID")
            #expect(try await client.finish(location, Digest.of([1]), [1]).status == 201)
        }
    }

    @Test("A blob may be pushed again", arguments: TestStorage.allCases)
    func again(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let digest = try await client.push(sampleBytes(1000), to: "a")
            let before = try await registry.tree()
            #expect(try await client.push(sampleBytes(1000), to: "a") == digest)
            #expect(try await registry.tree() == before)
            #expect(registry.instruments.blobsRepaired.value == 0)
            #expect(registry.instruments.linksHealed.value == 0)
        }
    }
}
