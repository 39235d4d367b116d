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

@Suite("Mounting blobs", .timeLimit(.minutes(5)))
struct MountTests {
    private static let blob = sampleBytes(1000)

    @Test(
        "A blob of another repository is mounted without being sent",
        arguments: TestStorage.allCases,
        DigestAlgorithm.allCases
    )
    func mount(storage: TestStorage, algorithm: DigestAlgorithm) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let digest = try await client.push(Self.blob, to: "source/x", algorithm)
            let response = try await client.send("POST", "/v2/a/blobs/uploads/?mount=\(digest)&from=source/x", body: [])
            #expect(response.status == 201)
            #expect(response["location"] == "http://127.0.0.1:\(registry.port)/v2/a/blobs/\(digest)")
            #expect(response["docker-content-digest"] == digest.description)
            #expect(try await client.get("/v2/a/blobs/\(digest)").body == Self.blob)
            #expect(try await registry.record(of: response).digest == digest)
            #expect(try await registry.paths().allSatisfy { !$0.contains("_uploads") })
        }
    }

    @Test("The name of the source may be percent-encoded", arguments: TestStorage.allCases)
    func encoded(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push(Self.blob, to: "source/x")
            let encoded = digest.description.replacing(":", with: "%3A")
            let target = "/v2/a/blobs/uploads/?from=source%2Fx&mount=\(encoded)"
            #expect(try await client.send("POST", target, body: []).status == 201)
        }
    }

    @Test(
        "Without a source, a blob that any repository has is mounted",
        arguments: TestStorage.allCases,
        ["", "&from="]
    )
    func anonymous(storage: TestStorage, from: String) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push(Self.blob, to: "source")
            let response = try await client.send("POST", "/v2/a/blobs/uploads/?mount=\(digest)\(from)", body: [])
            #expect(response.status == 201)
            #expect(try await client.get("/v2/a/blobs/\(digest)").body == Self.blob)
        }
    }

    @Test("What the source does not have begins an upload instead", arguments: TestStorage.allCases)
    func missing(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push(Self.blob, to: "elsewhere")
            for query in [
                "mount=\(digest)&from=source", "mount=\(Digest.of([7]))&from=elsewhere", "mount=\(Digest.of([7]))",
            ] {
                let response = try await client.send("POST", "/v2/a/blobs/uploads/?\(query)", body: [])
                #expect(response.status == 202, "\(query)")
                let location = try #require(response["location"])
                #expect(try await client.finish(location, Digest.of([1]), [1]).status == 201)
            }
            #expect(try await client.get("/v2/a/blobs/\(digest)").status == 404)
        }
    }

    @Test("A link whose content is gone mounts nothing", arguments: TestStorage.allCases)
    func dangling(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let digest = try await client.push(Self.blob, to: "source")
            try await registry.context.driver.remove(DiskLayout.blob(digest))
            for query in ["mount=\(digest)&from=source", "mount=\(digest)"] {
                #expect(try await client.send("POST", "/v2/a/blobs/uploads/?\(query)", body: []).status == 202)
            }
        }
    }

    @Test("A source or digest outside the grammar is refused")
    func malformed() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let digest = try await client.push(Self.blob, to: "source")
            let name = try await client.send("POST", "/v2/a/blobs/uploads/?mount=\(digest)&from=../source", body: [])
            #expect(name.errorCode == "NAME_INVALID")
            let wrong = try await client.send("POST", "/v2/a/blobs/uploads/?mount=sha256:x&from=source", body: [])
            #expect(wrong.errorCode == "DIGEST_INVALID")
        }
    }
}
