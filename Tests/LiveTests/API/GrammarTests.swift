//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Names, tags, digests and upload ids on the wire", .timeLimit(.minutes(5)))
struct GrammarTests {
    @Test(
        "A name of the grammar is taken",
        arguments: [
            "a", "0", "a/b/c/d/e", "a.b", "a_b", "a__b", "a-b", "a---b", "a-b/c.d/e__f",
            String(repeating: "a", count: 255),
        ]
    )
    func names(name: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            try await client.pushImage(to: name, reference: "latest")
            #expect(try await client.get("/v2/\(name)/manifests/latest").status == 200)
        }
    }

    @Test(
        "A name outside the grammar is NAME_INVALID on every route",
        arguments: [
            "A", "a/B", "-a", "a-", "_a", "a_", ".a", "a.", "a..b", "a___b", "a._b", "a.-b", "a_-b", "a//b", "/a", "..",
            "a/../b",
            "a%20b", "%C3%A4", "a+b", "a:b", "a@b", "_uploads", String(repeating: "a", count: 256),
        ]
    )
    func badNames(name: String) async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let digest = Digest.of([1])
            for (method, path) in [
                ("GET", "tags/list"), ("GET", "manifests/latest"), ("PUT", "manifests/latest"),
                ("DELETE", "manifests/latest"),
                ("HEAD", "blobs/\(digest)"), ("GET", "blobs/\(digest)"), ("POST", "blobs/uploads/"),
                ("PATCH", "blobs/uploads/x"),
                ("GET", "referrers/\(digest)"),
            ] {
                let response = try await client.send(method, "/v2/\(name)/\(path)", body: method == "GET" ? nil : [])
                #expect(response.status == 400, "\(method) \(path)")
                if method != "HEAD" { #expect(response.errorCode == "NAME_INVALID", "\(method) \(path)") }
            }
            #expect(try await registry.paths() == [])
        }
    }

    @Test(
        "A tag of the grammar is taken",
        arguments: ["a", "A", "0", "_", "_.-", "v1.2.3-rc.1", String(repeating: "x", count: 128)]
    )
    func tags(tag: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            try await client.pushImage(to: "a", reference: tag)
            #expect(try await client.get("/v2/a/manifests/\(tag)").status == 200)
            #expect(try await client.get("/v2/a/tags/list").text == #"{"name":"a","tags":["\#(tag)"]}"#)
        }
    }

    @Test(
        "A tag outside the grammar is TAG_INVALID",
        arguments: [".a", "-a", "a%20b", "a+b", "%C3%A4", "..", ".", "a@b", String(repeating: "x", count: 129)]
    )
    func badTags(tag: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let image = try await client.pushImage(to: "a")
            for method in ["GET", "DELETE"] {
                let response = try await client.send(method, "/v2/a/manifests/\(tag)")
                #expect(response.status == 400)
                #expect(response.errorCode == "TAG_INVALID")
            }
            #expect(try await client.put(image.manifest, as: tag, to: "a").errorCode == "TAG_INVALID")
            #expect(
                try await client.put(image.manifest, as: "t", to: "a", query: "?tag=\(tag)").errorCode == "TAG_INVALID"
            )
            #expect(try await client.get("/v2/a/tags/list").text == #"{"name":"a","tags":[]}"#)
        }
    }

    @Test(
        "What has a colon and is no digest is DIGEST_INVALID",
        arguments: [
            "sha256:baddigeststring", "sha256:", ":", "sha256:\(String(repeating: "A", count: 64))",
            "sha256:\(String(repeating: "a", count: 63))", "sha256:\(String(repeating: "a", count: 65))",
            "sha512:\(String(repeating: "a", count: 64))", "md5:\(String(repeating: "a", count: 32))",
            "SHA256:\(String(repeating: "a", count: 64))", "sha384:\(String(repeating: "a", count: 96))",
            "sha256:\(String(repeating: "g", count: 64))", "sha256:..%2F..",
        ]
    )
    func badDigests(text: String) async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let image = try await client.pushImage(to: "a", reference: "latest")
            let before = try await registry.paths()
            let upload = try await client.begin(in: "a")
            let target = text.replacing("%2F", with: "/")
            for (method, path) in [
                ("GET", "manifests/\(text)"), ("PUT", "manifests/\(text)"), ("DELETE", "manifests/\(text)"),
                ("GET", "blobs/\(text)"), ("DELETE", "blobs/\(text)"), ("GET", "referrers/\(text)"),
                ("POST", "blobs/uploads/?digest=\(text)"), ("POST", "blobs/uploads/?mount=\(text)&from=a"),
            ] where text == target || path.hasPrefix("blobs/uploads") {
                let response = try await client.send(
                    method,
                    "/v2/a/\(path)",
                    body: method == "PUT" ? image.manifest : nil
                )
                #expect(response.status == 400, "\(method) \(path)")
                #expect(response.errorCode == "DIGEST_INVALID", "\(method) \(path)")
            }
            #expect(try await client.finish(upload, text, [1]).errorCode == "DIGEST_INVALID")
            // The upload is as it was: a mistake in a query costs nobody their bytes.
            #expect(try await client.get(upload).status == 204)
            #expect(try await client.delete(upload).status == 204)
            #expect(try await registry.paths() == before)
        }
    }

    @Test("A blob is asked for by digest and by nothing else")
    func blobByTag() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let response = try await client.get("/v2/a/blobs/latest")
            #expect(response.status == 400)
            #expect(response.errorCode == "DIGEST_INVALID")
        }
    }

    @Test(
        "What is no upload's id is an unknown upload",
        arguments: ["x", "..", ".", "a%2Fb", "%00", String(repeating: "x", count: 129)]
    )
    func uploadIDs(id: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            for method in ["GET", "PATCH", "PUT", "DELETE"] {
                let query = method == "PUT" ? "?digest=\(Digest.of([]))" : ""
                let response = try await client.send(
                    method,
                    "/v2/a/blobs/uploads/\(id)\(query)",
                    body: method == "GET" ? nil : []
                )
                #expect(response.status == 404, "\(method)")
                #expect(response.errorCode == "BLOB_UPLOAD_UNKNOWN", "\(method)")
            }
        }
    }
}
