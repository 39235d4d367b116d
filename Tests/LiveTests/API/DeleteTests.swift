//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Deleting", .timeLimit(.minutes(5)))
struct DeleteTests {
    @Test("A deleted tag is gone at once, and its manifest stays", arguments: TestStorage.allCases)
    func tag(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "one")
            try await client.pushImage(to: "a", reference: "two")
            let response = try await client.delete("/v2/a/manifests/one")
            #expect(response.status == 202)
            #expect(response["content-length"] == "0")
            #expect(try await client.get("/v2/a/manifests/one").errorCode == "MANIFEST_UNKNOWN")
            #expect(try await client.get("/v2/a/tags/list").text == #"{"name":"a","tags":["two"]}"#)
            #expect(try await client.get("/v2/a/manifests/two").status == 200)
            #expect(try await client.get("/v2/a/manifests/\(image.digest)").status == 200)
            #expect(try await client.delete("/v2/a/manifests/one").errorCode == "MANIFEST_UNKNOWN")
        }
    }

    @Test("A deleted manifest takes its tags along, and no other", arguments: TestStorage.allCases)
    func manifest(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "one", layers: [[1]])
            try await client.pushImage(to: "a", reference: "two", layers: [[1]])
            let other = try await client.pushImage(to: "a", reference: "three", layers: [[2]])
            // A tag that once stood for it and has moved on is not one of its tags.
            try await client.pushImage(to: "a", reference: "moved", layers: [[1]])
            try await client.pushImage(to: "a", reference: "moved", layers: [[2]])
            try await client.pushImage(to: "b", reference: "one", layers: [[1]])
            #expect(try await client.delete("/v2/a/manifests/\(image.digest)").status == 202)
            for reference in ["one", "two", image.digest.description] {
                #expect(
                    try await client.get("/v2/a/manifests/\(reference)").errorCode == "MANIFEST_UNKNOWN",
                    "\(reference)"
                )
            }
            #expect(try await client.get("/v2/a/tags/list").text == #"{"name":"a","tags":["moved","three"]}"#)
            #expect(try await client.get("/v2/a/manifests/moved").body == other.manifest)
            #expect(try await client.get("/v2/b/manifests/one").body == image.manifest)
            #expect(try await client.delete("/v2/a/manifests/\(image.digest)").errorCode == "MANIFEST_UNKNOWN")
        }
    }

    @Test("A deleted blob is gone from its repository at once, and from no other", arguments: TestStorage.allCases)
    func blob(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push([1, 2, 3], to: "a")
            try await client.push([1, 2, 3], to: "b")
            #expect(try await client.delete("/v2/a/blobs/\(digest)").status == 202)
            #expect(try await client.get("/v2/a/blobs/\(digest)").errorCode == "BLOB_UNKNOWN")
            #expect(try await client.head("/v2/a/blobs/\(digest)").status == 404)
            #expect(try await client.delete("/v2/a/blobs/\(digest)").errorCode == "BLOB_UNKNOWN")
            #expect(try await client.get("/v2/b/blobs/\(digest)").body == [1, 2, 3])
        }
    }

    @Test("What was deleted may be pushed again", arguments: TestStorage.allCases)
    func again(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            for _ in 0..<3 {
                let image = try await client.pushImage(to: "a", reference: "latest", layers: [[1]])
                #expect(try await client.get("/v2/a/manifests/latest").body == image.manifest)
                #expect(try await client.delete("/v2/a/manifests/\(image.digest)").status == 202)
                #expect(try await client.get("/v2/a/manifests/latest").status == 404)
                #expect(try await client.delete("/v2/a/blobs/\(Digest.of([1]))").status == 202)
                #expect(
                    try await client.put(image.manifest, as: "latest", to: "a").errorCode == "MANIFEST_BLOB_UNKNOWN"
                )
            }
        }
    }

    @Test("What never was is not found", arguments: TestStorage.allCases)
    func unknown(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            for path in ["manifests/latest", "manifests/\(Digest.of([1]))"] {
                let response = try await client.delete("/v2/a/\(path)")
                #expect(response.status == 404)
                #expect(response.errorCode == "MANIFEST_UNKNOWN")
            }
            #expect(try await client.delete("/v2/a/blobs/\(Digest.of([1]))").errorCode == "BLOB_UNKNOWN")
            #expect(try await registry.paths() == [])
        }
    }
}
