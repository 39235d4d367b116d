//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Connections and versions", .timeLimit(.minutes(10)))
struct HostileProtocolTests {
    @Test(
        "Who ends the connection, by version and tokens",
        arguments: [
            ("HTTP/1.0", "", false), ("HTTP/1.0", "Connection: keep-alive\r\n", true),
            ("HTTP/1.0", "Connection: close\r\n", false),
            ("HTTP/1.0", "Connection: Keep-Alive, close\r\n", false), ("HTTP/1.1", "", true),
            ("HTTP/1.1", "Connection: close\r\n", false), ("HTTP/1.1", "Connection: CLOSE\r\n", false),
            ("HTTP/1.1", "Connection: Keep-Alive, close\r\n", false), ("HTTP/1.1", "Connection: close, TE\r\n", false),
            ("HTTP/1.1", "Connection: x\r\nConnection: close\r\n", false),
            ("HTTP/1.1", "Connection: keep-alive\r\n", true),
            ("HTTP/1.1", "Connection: closed\r\n", true),
        ]
    )
    func ending(_ version: String, _ header: String, _ isKept: Bool) async throws {
        try await HostileRegistry.with(requests: isKept ? 2 : 1) { hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                let request = "GET /v2/ \(version)\r\nHost: x\r\n\(header)\r\n"
                try await connection.send(request)
                let answer = try await connection.response()
                #expect(answer.status == 200)
                if isKept {
                    #expect(answer["connection"] == (version == "HTTP/1.0" ? "keep-alive" : nil))
                    try await connection.send(request)
                    #expect(try await connection.response().status == 200)
                } else {
                    #expect(answer.all("connection") == ["close"])
                    #expect(await connection.readToEnd().isEmpty)
                }
            }
        }
    }

    @Test("HTTP/1.0 gets a blob and an error without chunks")
    func oldClient() async throws {
        let content = bytes(1 << 20)
        try await HostileRegistry.with(requests: 4) { hostile in
            let digest = try await hostile.client.push(content, to: "a")
            for target in ["/v2/a/blobs/\(digest)", "/v2/none/tags/list"] {
                let answer = try await hostile.answer(to: "GET \(target) HTTP/1.0\r\n\r\n")
                #expect(answer["transfer-encoding"] == nil)
                #expect(answer["content-length"] == String(answer.body.count))
                #expect(answer.body == content || answer.errorCode == "NAME_UNKNOWN")
            }
        }
    }

    @Test("A hundred pipelined requests are answered in order")
    func pipelining() async throws {
        try await HostileRegistry.with(requests: 100) { hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(
                    (0..<100).map { head($0.isMultiple(of: 3) ? "HEAD" : "GET", "/v2/n\($0)/tags/list") }.joined()
                )
                for number in 0..<100 {
                    let isHead = number.isMultiple(of: 3)
                    let answer = try await connection.response(isHead: isHead)
                    #expect(answer.status == 404)
                    #expect(isHead || answer.text.contains("repository n\(number)\""))
                }
            }
            #expect(hostile.records.map(\.repository?.description) == (0..<100).map { "n\($0)" })
        }
    }

    @Test("Pipelined requests are answered up to the one that ends the connection")
    func pipelinedClose() async throws {
        try await HostileRegistry.with { hostile in
            let requests = [head("GET", "/v2/"), head("GET", "/v2/"), head("GET", "/v2/_catalog", "Connection: close")]
            let text = try await hostile.everything(to: requests.joined() + head("GET", "/v2/x/tags/list"))
            #expect(text.components("HTTP/1.1 200 OK") == 3)
            #expect(text.components("\r\nConnection: close\r\n") == 1)
            #expect(text.hasSuffix(#"{"repositories":[]}"#))
        }
    }

    @Test(
        "What stands behind a request that ends the connection is not done",
        arguments: [("HTTP/1.0", ""), ("HTTP/1.1", "Connection: close\r\n"), ("HTTP/1.1", "Connection: TE, close\r\n")]
    )
    func behindTheLast(_ version: String, _ header: String) async throws {
        try await HostileRegistry.with { hostile in
            try await hostile.client.pushImage(to: "a", reference: "kept", layers: [[1]])
            let last = "GET /v2/ \(version)\r\nHost: x\r\n\(header)\r\n"
            let text = try await hostile.everything(to: last + head("DELETE", "/v2/a/manifests/kept"))
            #expect(text.components("HTTP/1.1 ") == 1)
            #expect(try await hostile.client.send("GET", "/v2/a/manifests/kept").status == 200)
        }
    }

    @Test("A client that waits for it is told to go on, where its body is wanted")
    func expectGranted() async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let upload = try await hostile.begin()
            try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(head("PATCH", upload, "Content-Length: 5", "Expect: 100-Continue"))
                #expect(try await connection.response().status == 100)
                try await connection.send("abcde")
                let answer = try await connection.response()
                #expect(answer.status == 202)
                #expect(answer["range"] == "0-4")
                try await connection.send(head("GET", "/v2/"))
                #expect(try await connection.response().status == 200)
            }
        }
    }

    @Test("A client that waits for a word gets the refusal and nothing else")
    func expectRefused() async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            for target in ["/v2/a/blobs/uploads/none", "/v2/A/blobs/uploads/none"] {
                let text = try await hostile.everything(
                    to: head("PATCH", target, "Content-Length: 5", "Expect: 100-continue")
                )
                #expect(text.hasPrefix("HTTP/1.1 40"))
                #expect(!text.contains("100 Continue"))
                #expect(text.contains("\r\nConnection: close\r\n"))
            }
        }
    }

    @Test("HTTP/1.0 has no 100, and a request without a body needs none")
    func expectIgnored() async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let upload = try await hostile.begin()
            let old = "PATCH \(upload) HTTP/1.0\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\nabc"
            let text = try await hostile.everything(to: old)
            #expect(text.hasPrefix("HTTP/1.1 202 "))
            let get = try await hostile.answer(to: head("GET", "/v2/", "Expect: 100-continue"))
            #expect(get.status == 200)
        }
    }

    @Test(
        "A refused body of known length is drained where it is short, and ends the connection where it is not",
        arguments: [100, 1 << 20]
    )
    func refusedBody(_ length: Int) async throws {
        try await HostileRegistry.with(requests: length <= 100 ? 3 : 2) { hostile in
            let upload = try await hostile.begin()
            try await WireConnection.with(port: hostile.port) { connection in
                let request = head("PATCH", upload, "Content-Length: \(length)", "Content-Range: 7-\(6 + length)")
                try await connection.send(Array(request.utf8) + bytes(length))
                let answer = try await connection.response()
                #expect(answer.status == 416)
                #expect(answer["range"] == "0-0")
                guard length <= 100 else {
                    #expect(answer["connection"] == "close")
                    #expect(await connection.readToEnd().isEmpty)
                    return
                }
                #expect(answer["connection"] == nil)
                try await connection.send(head("GET", "/v2/"))
                #expect(try await connection.response().status == 200)
            }
        }
    }
}
