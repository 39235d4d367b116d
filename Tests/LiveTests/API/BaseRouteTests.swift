//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTestKit
import Testing

@Suite("Base, unknown routes and methods", .timeLimit(.minutes(5)))
struct BaseRouteTests {
    @Test(
        "The base answers that this is a registry",
        arguments: TestStorage.allCases,
        ["/v2/", "/v2", "/v2/?ns=docker.io"]
    )
    func base(storage: TestStorage, path: String) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let response = try await client.get(path)
            #expect(response.status == 200)
            #expect(response.text == "{}")
            #expect(response["content-type"] == "application/json")
            #expect(response["docker-distribution-api-version"] == "registry/2.0")
        }
    }

    @Test("The root answers that the server is alive")
    func root() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let response = try await client.get("/")
            #expect(response.status == 200)
            #expect(response.body.isEmpty)
            #expect(response["cache-control"] == "no-cache")
        }
    }

    @Test(
        "What is no route is a 404 in the envelope",
        arguments: [
            "/favicon.ico", "/v1/", "/v3/", "/v2x", "/V2/", "//v2/", "/v2/a", "/v2/a/b", "/v2/a/tags",
            "/v2/a/tags/list/",
            "/v2/a/manifests/", "/v2/a/manifests", "/v2/a/blobs/", "/v2/a/referrers/", "/v2/tags/list",
            "/v2/blobs/uploads/",
            "/v2/manifests/latest", "/v2/_catalog/x", "/v2/a/blobs/uploads/x/",
        ]
    )
    func unknownRoutes(path: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            for method in ["GET", "PUT", "DELETE", "OPTIONS"] {
                let response = try await client.send(method, path, body: method == "PUT" ? [1] : nil)
                #expect(response.status == 404, "\(method)")
                #expect(response.errorCode == "NOT_FOUND", "\(method)")
                #expect(response["content-type"] == "application/json")
                #expect(response["docker-distribution-api-version"] == "registry/2.0")
                #expect(response["x-request-id"]?.utf8.count == 32)
            }
        }
    }

    @Test(
        "A method that a route does not have is a 405 that lists what it has",
        arguments: [
            ("POST", "/v2/", "GET, HEAD"),
            ("PUT", "/v2/_catalog", "GET, HEAD"),
            ("DELETE", "/v2/a/tags/list", "GET, HEAD"),
            ("POST", "/v2/a/manifests/latest", "GET, HEAD, PUT, DELETE"),
            ("PATCH", "/v2/a/manifests/latest", "GET, HEAD, PUT, DELETE"),
            ("PUT", "/v2/a/blobs/sha256:\(String(repeating: "a", count: 64))", "GET, HEAD, DELETE"),
            ("GET", "/v2/a/blobs/uploads/", "POST"),
            ("DELETE", "/v2/a/blobs/uploads", "POST"),
            ("POST", "/v2/a/blobs/uploads/x", "GET, HEAD, PATCH, PUT, DELETE"),
            ("OPTIONS", "/v2/a/blobs/uploads/x", "GET, HEAD, PATCH, PUT, DELETE"),
            ("POST", "/v2/a/referrers/sha256:\(String(repeating: "a", count: 64))", "GET, HEAD"),
            ("PURGE", "/v2/", "GET, HEAD"),
        ]
    )
    func methods(method: String, path: String, allowed: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let response = try await client.send(method, path, body: [])
            #expect(response.status == 405)
            #expect(response.errorCode == "UNSUPPORTED")
            #expect(response["allow"] == allowed)
            #expect(response["content-type"] == "application/json")
        }
    }

    @Test("Configured headers stand on every answer, in their order")
    func configuredHeaders() async throws {
        try await TestRegistry.client(.inMemory) { setup in
            setup.options.headers = [
                ("X-Content-Type-Options", "nosniff"), ("Access-Control-Allow-Origin", "https://a.example"),
                ("Access-Control-Allow-Origin", "https://b.example"),
            ]
        } _: { client, _ in
            for path in ["/v2/", "/", "/nowhere", "/v2/a/manifests/latest", "/v2/_catalog"] {
                let response = try await client.get(path)
                #expect(response["x-content-type-options"] == "nosniff", "\(path)")
                #expect(
                    response.all("access-control-allow-origin") == ["https://a.example", "https://b.example"],
                    "\(path)"
                )
            }
        }
    }

    @Test("A component may be percent-encoded, and an encoded slash separates nothing")
    func encoding() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let image = try await client.pushImage(to: "a/b", reference: "latest")
            let hex = image.digest.hex
            #expect(try await client.get("/v2/a/b/manifests/sha256%3A\(hex)").status == 200)
            #expect(try await client.get("/v2/a/%62/manifests/late%73t").status == 200)
            let slash = try await client.get("/v2/a%2Fb/manifests/latest")
            #expect(slash.status == 400)
            #expect(slash.errorCode == "NAME_INVALID")
            for broken in ["/v2/a/%zz/manifests/latest", "/v2/a/%/manifests/latest", "/v2/a/%00/manifests/latest"] {
                #expect(try await client.get(broken).errorCode == "NAME_INVALID", "\(broken)")
            }
        }
    }

    @Test("Words of the API may be parts of a repository's name", arguments: TestStorage.allCases)
    func wordsInNames(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            for name in [
                "tags/list", "manifests", "blobs/uploads", "a/blobs", "v2", "a/referrers/b", "blobs/uploads/uploads",
            ] {
                let image = try await client.pushImage(to: name, reference: "list")
                #expect(try await client.get("/v2/\(name)/manifests/list").body == image.manifest, "\(name)")
                #expect(try await client.get("/v2/\(name)/tags/list").text == #"{"name":"\#(name)","tags":["list"]}"#)
            }
        }
    }
}
