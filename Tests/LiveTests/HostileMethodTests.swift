//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Methods and targets", .timeLimit(.minutes(10)))
struct HostileMethodTests {
    @Test("HEAD is GET without its body on every route that has it, and the connection stays usable")
    func head() async throws {
        try await HostileRegistry.with(requests: 21) { hostile in
            let layer = bytes(400_000)
            let image = try await hostile.client.pushImage(to: "a", reference: "v1", layers: [layer])
            let targets = [
                "/v2/", "/v2/_catalog", "/v2/a/tags/list", "/v2/a/manifests/v1", "/v2/a/manifests/\(image.digest)",
                "/v2/a/blobs/\(Digest.of(layer))", "/v2/a/referrers/\(image.digest)", "/v2/a/manifests/none",
            ]
            try await WireConnection.with(port: hostile.port) { connection in
                for target in targets {
                    try await connection.send(LiveTests.head("HEAD", target))
                    let answer = try await connection.response(isHead: true)
                    try await connection.send(LiveTests.head("GET", target))
                    let whole = try await connection.response()
                    #expect(answer.status == whole.status, "\(target)")
                    #expect(answer["content-length"] == String(whole.body.count), "\(target)")
                    #expect(answer["content-type"] == whole["content-type"], "\(target)")
                    #expect(answer["docker-content-digest"] == whole["docker-content-digest"], "\(target)")
                }
            }
            #expect(hostile.records.filter { $0.method == "HEAD" }.allSatisfy { $0.bytesOut == 0 })
        }
    }

    @Test("Methods that a route does not have are refused, and those it has are named")
    func methods() async throws {
        let digest = "sha256:" + String(repeating: "0", count: 64)
        let routes = [
            ("/v2/", "GET, HEAD"), ("/v2/_catalog", "GET, HEAD"), ("/v2/a/tags/list", "GET, HEAD"),
            ("/v2/a/manifests/x", "GET, HEAD, PUT, DELETE"), ("/v2/a/blobs/\(digest)", "GET, HEAD, DELETE"),
            ("/v2/a/blobs/uploads/", "POST"), ("/v2/a/blobs/uploads/id", "GET, HEAD, PATCH, PUT, DELETE"),
            ("/v2/a/referrers/\(digest)", "GET, HEAD"),
        ]
        let methods = ["OPTIONS", "TRACE", "PROPFIND", "MKCOL", "PURGE"]
        try await HostileRegistry.with(requests: routes.count * methods.count) { hostile in
            for (target, allowed) in routes {
                for method in methods {
                    let answer = try await hostile.client.send(method, target)
                    #expect(answer.status == 405, "\(method) \(target)")
                    #expect(answer.errorCode == "UNSUPPORTED")
                    #expect(answer["allow"] == allowed)
                }
            }
        }
    }

    @Test("TRACE does not give back what was sent")
    func trace() async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let text = try await hostile.everything(
                to: LiveTests.head("TRACE", "/v2/", "Cookie: secret", "Connection: close")
            )
            #expect(text.hasPrefix("HTTP/1.1 405 "))
            #expect(!text.contains("secret"))
        }
    }

    @Test(
        "Targets of every form are answered",
        arguments: [
            ("GET", "http://other.example/v2/", 200), ("GET", "http://other.example", 200),
            ("GET", "http://other.example/v3/", 404),
            ("GET", "HTTP://other.example:80/v2/?n=1", 200), ("OPTIONS", "*", 404), ("GET", "/v2/?", 200),
            ("GET", "/", 200),
            ("GET", "/v2/?a=b?c=d", 200), ("GET", "/v2/%3Fx", 404), ("GET", "/v2/_catalog?n=%zz", 400),
            ("GET", "/v2/_catalog?n=-1", 400), ("GET", "/v2/_catalog?n=99999999999999999999", 200),
            ("GET", "/v2/_catalog?last=%00&n=1", 200),
        ]
    )
    func targets(_ method: String, _ target: String, _ status: Int) async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let answer = try await hostile.answer(to: LiveTests.head(method, target))
            #expect(answer.status == status, "\(answer.text)")
        }
    }

    @Test("CONNECT opens no way to anywhere", arguments: ["other.example:443", "127.0.0.1:22", "/v2/"])
    func connect(_ target: String) async throws {
        try await HostileRegistry.with { hostile in
            let text = try await hostile.everything(to: LiveTests.head("CONNECT", target, "Connection: close"))
            #expect(text.hasPrefix("HTTP/1.1 40"), "\(text)")
            #expect(text.contains(#"{"errors":[{"code":"#))
        }
    }

    @Test(
        "An upgrade is not taken up, and the connection ends, since what follows cannot be told",
        arguments: ["h2c", "websocket"]
    )
    func upgrade(_ what: String) async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let tokens = "Connection: Upgrade, HTTP2-Settings"
            let request = LiveTests.head("GET", "/v2/", tokens, "Upgrade: \(what)", "HTTP2-Settings: AAMAAABk")
            let text = try await hostile.everything(to: request + LiveTests.head("GET", "/v2/"))
            #expect(text.hasPrefix("HTTP/1.1 200 "))
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(text.components("\r\nX-Request-Id: ") == 1)
        }
    }

    @Test("A push that asks for an upgrade is taken")
    func upgradeOfPush() async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            let upload = try await hostile.begin()
            let request = LiveTests.head("PATCH", upload, "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 3")
            let text = try await hostile.everything(to: request + "abc")
            #expect(text.hasPrefix("HTTP/1.1 202 "))
            #expect(text.contains("\r\nRange: 0-2\r\n"))
        }
    }

    @Test("A body where none belongs is passed over", arguments: ["GET", "DELETE", "HEAD"], [10, 60_000, 5 << 20])
    func needlessBody(_ method: String, _ length: Int) async throws {
        try await HostileRegistry.with(requests: length < 1 << 20 ? 2 : 1) { hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                let request = LiveTests.head(method, "/v2/a/manifests/none", "Content-Length: \(length)")
                try await connection.send(Array(request.utf8) + bytes(length))
                let answer = try await connection.response(isHead: method == "HEAD")
                #expect(answer.status == 404)
                #expect(answer["connection"] == (length < 1 << 20 ? nil : "close"))
                guard length < 1 << 20 else {
                    #expect(await connection.readToEnd().isEmpty)
                    return
                }
                try await connection.send(LiveTests.head("GET", "/v2/"))
                #expect(try await connection.response().status == 200)
            }
        }
    }
}
