//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTestKit
import Testing

@Suite("The address that clients are given", .timeLimit(.minutes(5)))
struct ExternalAddressTests {
    /// Every answer that points somewhere, as far as the host goes; the rest is checked here.
    private static func bases(_ client: WireClient, _ headers: [(String, String)], prefix: String = "") async throws
        -> Set<String>
    {
        var bases: Set<String> = []
        func note(_ location: String?, _ path: String) throws {
            let location = try #require(location)
            let position = try #require(location.firstRange(of: path))
            bases.insert(String(location[..<position.lowerBound]))
        }
        let (blob, digest) = (Array("{}".utf8), Digest.of(Array("{}".utf8)))
        let begun = try await client.send("POST", "\(prefix)/v2/a/blobs/uploads/", headers: headers, body: [])
        try note(begun["location"], "/v2/a/blobs/uploads/")
        let upload = prefix + WireClient.path(of: try #require(begun["location"])).drop { $0 != "?" }
        let id = try #require(begun["docker-upload-uuid"])
        let target = "\(prefix)/v2/a/blobs/uploads/\(id)"
        #expect(upload.hasPrefix(prefix + "?_state="))
        let chunk = try await client.send("PATCH", target, headers: headers, body: blob)
        try note(chunk["location"], "/v2/a/blobs/uploads/\(id)?_state=")
        let status = try await client.send("GET", target, headers: headers)
        try note(status["location"], "/v2/a/blobs/uploads/\(id)?_state=")
        let done = try await client.send("PUT", "\(target)?digest=\(digest)", headers: headers, body: [])
        try note(done["location"], "/v2/a/blobs/\(digest)")
        let mounted = try await client.send(
            "POST",
            "\(prefix)/v2/a/blobs/uploads/?mount=\(digest)",
            headers: headers,
            body: []
        )
        try note(mounted["location"], "/v2/a/blobs/\(digest)")
        let manifest = WireClient.manifest(configuration: blob, layers: [])
        let put = try await client.send("PUT", "\(prefix)/v2/a/manifests/one?tag=two", headers: headers, body: manifest)
        try note(put["location"], "/v2/a/manifests/\(Digest.of(manifest))")
        let tags = try await client.send("GET", "\(prefix)/v2/a/tags/list?n=1", headers: headers)
        try note(tags["link"]?.replacing("<", with: ""), "/v2/a/tags/list?last=one&n=1>; rel=\"next\"")
        return bases
    }

    @Test(
        "Forwarded, then X-Forwarded-Proto and -Host, then Host say where the client is",
        arguments: [
            ([("X-Forwarded-Proto", "https")], "https://127.0.0.1:PORT"),
            ([("X-Forwarded-Host", "r.example")], "http://r.example"),
            ([("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "r.example:8443")], "https://r.example:8443"),
            (
                [("X-Forwarded-Proto", "https, http"), ("X-Forwarded-Host", "outer.example, inner.example")],
                "https://outer.example"
            ),
            ([("Forwarded", "for=192.0.2.1;proto=https;host=f.example")], "https://f.example"),
            (
                [("Forwarded", "For=192.0.2.1; Proto=HTTPS; Host=\"f.example:444\", for=10.0.0.1;host=inner")],
                "https://f.example:444"
            ),
            ([("Forwarded", "proto=https"), ("X-Forwarded-Host", "r.example")], "https://r.example"),
            (
                [
                    ("Forwarded", "host=f.example;proto=https"), ("X-Forwarded-Host", "r.example"),
                    ("X-Forwarded-Proto", "http"),
                ], "https://f.example"
            ),
            ([("X-Forwarded-Host", "[2001:db8::1]:5000")], "http://[2001:db8::1]:5000"),
            ([("X-Forwarded-Host", "evil.example/path?")], ""),
            ([("X-Forwarded-Host", "user@evil.example")], ""),
            ([("X-Forwarded-Proto", "javascript")], ""),
            ([], "http://127.0.0.1:PORT"),
        ] as [([(String, String)], String)]
    )
    func forwarded(headers: [(String, String)], expected: String) async throws {
        try await TestRegistry.client(.inMemory) { client, registry async throws in
            let base = expected.replacing("PORT", with: String(registry.port))
            #expect(try await Self.bases(client, headers) == [base])
        }
    }

    private static let forwarding = [("Forwarded", "host=f.example;proto=https"), ("X-Forwarded-Host", "r.example")]

    @Test("http.host wins over what the request says")
    func fixed() async throws {
        try await TestRegistry.client(.inMemory) { setup in
            setup.options.address.fixed = "https://registry.example.com/path"
        } _: { client, _ async throws in
            #expect(try await Self.bases(client, Self.forwarding) == ["https://registry.example.com/path"])
        }
    }

    @Test("http.relativeurls wins over everything")
    func relative() async throws {
        try await TestRegistry.client(.inMemory) { setup in
            setup.options.address.fixed = "https://registry.example.com"
            setup.options.address.isRelative = true
        } _: { client, _ async throws in
            #expect(try await Self.bases(client, Self.forwarding) == [""])
        }
    }

    @Test("http.prefix stands before every route, and nothing is served without it")
    func prefix() async throws {
        try await TestRegistry.client(.inMemory) { setup in
            setup.options.address.prefix = "/some/where/"
        } _: { client, _ async throws in
            #expect(
                try await Self.bases(client, Self.forwarding, prefix: "/some/where") == ["https://f.example/some/where"]
            )
            #expect(try await client.get("/some/where/v2/").status == 200)
            for path in ["/v2/", "/some/v2/", "/some/wherev2/", "/some/where/x"] {
                #expect(try await client.get(path).errorCode == "NOT_FOUND", "\(path)")
            }
        }
    }

    @Test("A client that names no host is given paths")
    func noHost() async throws {
        try await TestRegistry.with(.inMemory) { registry in
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send("POST /v2/a/blobs/uploads/ HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
                let response = try await connection.response()
                #expect(response.status == 202)
                #expect(response["location"]?.hasPrefix("/v2/a/blobs/uploads/") == true)
            }
        }
    }
}
