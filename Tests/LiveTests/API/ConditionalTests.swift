//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("If-None-Match", .timeLimit(.minutes(5)))
struct ConditionalTests {
    /// What stands for the digest in a header is `@`.
    private static let matching = [
        "\"@\"", "W/\"@\"", "*", "@", "\"other\", \"@\"", "\"other\",W/\"@\"", "  \"@\"  ,  \"other\"",
    ]
    private static let different = ["\"other\"", "W/\"other\"", "\"\"", "", "\"@", "w/\"@\"", "\"sha256:\""]

    private func answers(
        _ storage: TestStorage,
        _ header: String,
        _ check: @escaping @Sendable (_ answer: WireResponse, _ digest: Digest, _ isManifest: Bool) throws -> Void
    ) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "latest")
            let blob = try await client.push(sampleBytes(50), to: "a")
            for method in ["GET", "HEAD"] {
                for (target, digest, isManifest) in [
                    ("manifests/latest", image.digest, true), ("manifests/\(image.digest)", image.digest, true),
                    ("blobs/\(blob)", blob, false),
                ] {
                    let value = header.replacing("@", with: digest.description)
                    let answer = try await client.send(method, "/v2/a/\(target)", headers: [("If-None-Match", value)])
                    try check(answer, digest, isManifest)
                }
            }
        }
    }

    @Test("A tag that matches is answered with 304 and nothing more", arguments: TestStorage.allCases, matching)
    func unchanged(storage: TestStorage, header: String) async throws {
        try await answers(storage, header) { answer, digest, isManifest in
            #expect(answer.status == 304)
            #expect(answer.body.isEmpty)
            #expect(answer["content-length"] == nil)
            #expect(answer["etag"] == "\"\(digest)\"")
            #expect(answer["docker-content-digest"] == digest.description)
            #expect(answer["cache-control"] == (isManifest ? nil : "max-age=31536000"))
        }
    }

    @Test("A tag that does not match is answered in full", arguments: TestStorage.allCases, different)
    func changed(storage: TestStorage, header: String) async throws {
        try await answers(storage, header) { answer, digest, _ in
            #expect(answer.status == 200)
            #expect(answer["etag"] == "\"\(digest)\"")
        }
    }

    @Test("The connection serves on after a 304")
    func reuse() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let digest = try await client.push(sampleBytes(50), to: "a")
            try await WireConnection.with(port: registry.port) { connection in
                for _ in 0..<3 {
                    try await connection.send(
                        "GET /v2/a/blobs/\(digest) HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"\(digest)\"\r\n\r\n"
                    )
                    #expect(try await connection.response().status == 304)
                }
                try await connection.send("GET /v2/a/blobs/\(digest) HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await connection.response().body == sampleBytes(50))
            }
        }
    }

    @Test("What is not there is a 404 whatever the condition", arguments: TestStorage.allCases)
    func missing(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let condition = [("If-None-Match", "*")]
            let blob = try await client.get("/v2/a/blobs/\(Digest.of([1]))", headers: condition)
            let manifest = try await client.get("/v2/a/manifests/latest", headers: condition)
            #expect(blob.status == 404 && manifest.status == 404)
        }
    }
}
