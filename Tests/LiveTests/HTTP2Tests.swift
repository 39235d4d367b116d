//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("HTTP/2", .timeLimit(.minutes(3)))
struct HTTP2Tests {
    /// What a connection begins with (RFC 9113 §3.4), and settings that say nothing.
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
    private static let settings: [UInt8] = [0, 0, 0, 4, 0, 0, 0, 0, 0]

    /// A registry that takes HTTP/2 in clear.
    private static func with(
        _ timeouts: ConnectionTimeouts = ConnectionTimeouts(),
        _ body: @escaping @Sendable (TestRegistry) async throws -> Void
    ) async throws {
        try await TestRegistry.with(
            .inMemory,
            { setup in
                setup.options.takesPlainHTTP2 = true
                setup.options.timeouts = timeouts
            },
            body
        )
    }

    /// - Returns: what curl writes of version, status and the like.
    private static func curl(_ registry: TestRegistry, _ arguments: [String]) async throws -> String {
        try await Tool.output(
            "curl",
            ["-sS", "--http2-prior-knowledge", "--max-time", "60", "-w", "%{http_version} %{http_code}"] + arguments
        )
    }

    @Test("Clients with prior knowledge push and pull, with and without a length")
    func pushAndPull() async throws {
        try await Self.with { registry in
            let blob = sampleBytes(3 << 20)
            let folder = try TemporaryFolder()
            try folder.write(blob, to: "blob")
            let address = "http://127.0.0.1:\(registry.port)/v2/a/blobs"
            let push = "\(address)/uploads/?digest=\(Digest.of(blob))"
            let file = "\(folder.path)/blob"
            let pushed = try await Self.curl(registry, ["-X", "POST", "--data-binary", "@\(file)", push])
            #expect(pushed == "2 201")
            // From a pipe, whose length nobody knows.
            let pipe = "cat '\(file)' | curl -sS --http2-prior-knowledge -w '%{http_code}' -X POST -T - '\(push)'"
            let streamed = try await Tool.output("sh", ["-c", pipe])
            #expect(streamed == "201")
            let back = "\(folder.path)/back"
            let pulled = try await Self.curl(registry, ["-o", back, "\(address)/\(Digest.of(blob))"])
            #expect(pulled == "2 200")
            let files = try folder.files()
            #expect(files["back"] == blob)
            let received = registry.observer.records.filter { $0.bytesIn == blob.count }
            #expect(received.count == 2)
        }
    }

    @Test("The same port goes on to speak HTTP/1.1")
    func both() async throws {
        try await Self.with { registry in
            let client = WireClient(port: registry.port)
            let plain = try await client.send("GET", "/v2/")
            #expect(plain.status == 200)
            let address = "http://127.0.0.1:\(registry.port)/v2/"
            let output = try await Self.curl(registry, [address])
            #expect(output == "{}2 200")
        }
    }

    @Test("Clients that ask for it in their first request get it, on the same connection, and go on in it")
    func upgrade() async throws {
        try await Self.with { registry in
            let address = "http://127.0.0.1:\(registry.port)/v2/"
            let output = try await Tool.output(
                "curl",
                [
                    "-sS", "-v", "--http2", "-H", "X-Request-Id: first", "-w", "%{http_version} %{http_code}\n",
                    address,
                    "--next", "-sS", "--http2", "-I", "-w", "%{http_version} %{http_code} %{num_connects}\n",
                    "\(address)a/manifests/1",
                ]
            )
            #expect(output.contains("{}2 200\n"), "\(output)")
            #expect(output.hasSuffix("2 404 0\n"), "\(output)")
            try await eventually("both are told of") { registry.observer.records.count == 2 }
            #expect(registry.observer.records.map(\.status) == [200, 404])
        }
    }

    @Test("A large answer comes whole by an upgrade, within the windows of HTTP/2")
    func upgradedPull() async throws {
        try await Self.with { registry in
            let blob = sampleBytes(3 << 20)
            let folder = try TemporaryFolder()
            try folder.write(blob, to: "blob")
            let blobs = "http://127.0.0.1:\(registry.port)/v2/a/blobs"
            let push = "\(blobs)/uploads/?digest=\(Digest.of(blob))"
            // A request with a body stays in HTTP/1.1.
            let pushed = try await Tool.output(
                "curl",
                [
                    "-sS", "--http2", "-w", "%{http_version} %{http_code}", "-X", "POST", "--data-binary",
                    "@\(folder.path)/blob", push,
                ]
            )
            #expect(pushed == "1.1 201")
            let pulled = try await Tool.output(
                "curl",
                [
                    "-sS", "--http2", "-w", "%{http_version} %{http_code}", "-o", "\(folder.path)/back",
                    "\(blobs)/\(Digest.of(blob))",
                ]
            )
            #expect(pulled == "2 200")
            let files = try folder.files()
            #expect(files["back"] == blob)
        }
    }

    @Test(
        "What asks for an upgrade and is anything but plain goes on in HTTP/1.1",
        arguments: [
            "Content-Length: 0\r\n", "Transfer-Encoding: chunked\r\n", "Upgrade: websocket\r\n", "Host: b\r\n",
            "HTTP2-Settings: AAMAAABk\r\n", " folded: a\r\n", "Connection: x-auth\r\n",
        ]
    )
    func noUpgrade(more: String) async throws {
        try await Self.with { registry in
            let head = "GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send("\(head)HTTP2-Settings: AAMAAABk\r\n\(more)\r\n")
                let text = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(!text.contains("101 "), "\(text)")
                #expect(text.hasPrefix("HTTP/1.1 "), "\(text)")
            }
        }
    }

    @Test("What is sent behind a request before the answer to it is none of the upgrade")
    func smuggled() async throws {
        try await Self.with { registry in
            let head = "GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
            let request = "\(head)HTTP2-Settings: AAMAAABk\r\n\r\n"
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(request + "GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n")
                let text = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(text.hasPrefix("HTTP/1.1 200 ") && !text.contains("repositories"), "\(text)")
            }
            // What follows the answer must be the preface.
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(request)
                _ = try await connection.read(12)
                try await connection.send("GET /v2/_catalog HTTP/1.1\r\nHost: a\r\nX: 1234567890\r\n\r\n")
                let text = String(decoding: await connection.readToEnd(), as: UTF8.self)
                #expect(!text.contains("repositories"))
            }
            try await eventually("all are gone") { registry.connections.count == 0 }
            #expect(registry.observer.records.allSatisfy { $0.route != .catalog })
        }
    }

    @Test("Without being enabled it is no HTTP")
    func disabled() async throws {
        try await TestRegistry.with(.inMemory) { registry in
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(Self.preface + Self.settings)
                let answer = try await connection.response()
                #expect(answer.status == 400)
            }
        }
    }

    @Test("A refusal arrives though the body is not read, and says nothing of the connection")
    func earlyRefusal() async throws {
        try await Self.with { registry in
            let folder = try TemporaryFolder()
            try folder.write(sampleBytes(4 << 20), to: "blob")
            let address = "http://127.0.0.1:\(registry.port)/v2/A/blobs/uploads/"
            let output = try await Self.curl(registry, ["-D", "-", "-X", "POST", "-T", "\(folder.path)/blob", address])
            #expect(output.contains("NAME_INVALID"))
            #expect(!output.contains("connection:"))
            #expect(output.hasSuffix("2 400"))
        }
    }

    @Test("Many requests at once are answered on one connection over TLS")
    func streams() async throws {
        try await EncryptedRegistry.with { server in
            let output = try await Tool.output(
                "curl",
                [
                    "-sS", "-Z", "--cacert", server.authority.certificate, "-o", "/dev/null",
                    "-w", "%{http_version} %{http_code}\n", "https://\(server.address)/v2/[1-50]/tags/list",
                ]
            )
            #expect(output.split(separator: "\n").filter { $0 == "2 404" }.count == 50, "\(output)")
        }
    }

    @Test("It is not offered where it is disabled")
    func notOffered() async throws {
        try await EncryptedRegistry.with({ settings, _ in settings.offersHTTP2 = false }) { server in
            let result = try await server.handshake("-alpn", "h2,http/1.1")
            #expect(result.output.contains("ALPN protocol: http/1.1"), "\(result)")
        }
    }

    @Test(
        "A client that asks for nothing is sent away, whether or not it has said what it speaks",
        arguments: [0, 10, 24]
    )
    func idle(said: Int) async throws {
        try await Self.with(ConnectionTimeouts(idle: .milliseconds(50), linger: .milliseconds(50))) { registry in
            try await WireConnection.with(port: registry.port) { connection in
                let isWhole = said == Self.preface.count
                try await connection.send(Array(Self.preface.prefix(said)) + (isWhole ? Self.settings : []))
                _ = await connection.readToEnd()
            }
            try await eventually("it is gone") { registry.connections.count == 0 }
        }
    }

    @Test("A client that does not go does not keep the server from going", arguments: [0, 24])
    func drain(said: Int) async throws {
        try await Self.with(ConnectionTimeouts(linger: .milliseconds(50))) { registry in
            try await WireConnection.with(port: registry.port) { connection in
                if said > 0 {
                    try await connection.send(Self.preface + Self.settings)
                    // The server's settings.
                    _ = try await connection.read(9)
                }
                try await eventually("it is there") { registry.connections.count == 1 }
                await registry.shutDown()
                _ = await connection.readToEnd()
            }
        }
    }

    @Test("What breaks the protocol ends the connection")
    func broken() async throws {
        try await Self.with { registry in
            try await WireConnection.with(port: registry.port) { connection in
                // Data on no stream (RFC 9113 §6.1).
                try await connection.send(Self.preface + Self.settings + [0, 0, 1, 0, 0, 0, 0, 0, 0, 7])
                let answer = await connection.readToEnd()
                #expect(answer.count > 9)
            }
            // As what is no HTTP is over HTTP/1.1.
            #expect(registry.observer.records.map(\.status) == [400])
        }
    }
}
