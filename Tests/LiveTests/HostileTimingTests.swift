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

@Suite("Clients that take their time", .timeLimit(.minutes(10)))
struct HostileTimingTests {
    @Test(
        "A head that does not end is answered with 408",
        arguments: ["G", "GET /v2/ HTTP/1.1\r\n", "GET /v2/ HTTP/1.1\r\nX: y\r\n"]
    )
    func slowHead(_ beginning: String) async throws {
        try await HostileRegistry.with(HostileRegistry.patient { $0.header = .milliseconds(50) }, requests: 1) {
            hostile in
            let text = try await hostile.everything(to: beginning)
            #expect(text.hasPrefix("HTTP/1.1 408 "))
            #expect(text.contains("REQUEST_INVALID"))
            let record = try #require(hostile.records.first)
            #expect(record.status == 408)
            // From its first byte on, of which the client spent all.
            #expect(record.duration >= .milliseconds(50) && record.timeToFirstByte == record.duration)
            #expect(record.waited >= .milliseconds(50))
            #expect(record.start.microseconds <= WallTime.now.microseconds - 50_000)
        }
    }

    @Test("A connection on which nothing is asked ends without a word")
    func idle() async throws {
        try await HostileRegistry.with(HostileRegistry.patient { $0.idle = .milliseconds(100) }) { hostile in
            let text = try await hostile.everything(to: "")
            #expect(text.isEmpty)
            #expect(hostile.records.isEmpty)
        }
    }

    @Test("A kept connection ends without a word when no further request comes")
    func idleAfterRequest() async throws {
        try await HostileRegistry.with(HostileRegistry.patient { $0.idle = .milliseconds(200) }) { hostile in
            // On a busy machine the connection may be over before the request is sent; then there is another one.
            try await eventually("a request is in time") {
                try await WireConnection.with(port: hostile.port) { connection in
                    try? await connection.send(head("GET", "/v2/"))
                    guard let answer = try? await connection.response() else { return false }
                    #expect(answer.status == 200)
                    #expect(answer["connection"] == nil)
                    #expect(await connection.readToEnd().isEmpty)
                    return true
                }
            }
        }
    }

    @Test("After a refused body was drained, the connection is idle, and gets no 408 when the time for heads is over")
    func idleAfterDrained() async throws {
        let timeouts = HostileRegistry.patient {
            $0.header = .milliseconds(50)
            $0.idle = .milliseconds(500)
        }
        try await HostileRegistry.with(timeouts) { hostile in
            try await eventually("a request is in time") {
                try await WireConnection.with(port: hostile.port) { connection in
                    try? await connection.send(head("PATCH", "/v2/a/blobs/uploads/none", "Content-Length: 10"))
                    guard let answer = try? await connection.response() else { return false }
                    #expect(answer.status == 404)
                    try await connection.send("0123456789")
                    #expect(await connection.readToEnd().isEmpty)
                    return true
                }
            }
            #expect(!hostile.records.contains { $0.status == 408 })
        }
    }

    @Test(
        "A body that does not come is answered with 408, and the upload goes on from what came",
        arguments: [true, false]
    )
    func slowBody(isChunked: Bool) async throws {
        let content = bytes(5_000)
        try await HostileRegistry.with(HostileRegistry.patient { $0.body = .milliseconds(100) }, requests: 4) {
            hostile in
            let upload = try await hostile.begin()
            let text = try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(
                    head("PATCH", upload, isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 5000")
                )
                if isChunked { try await connection.send("7d0\r\n") }
                try await connection.send(Array(content[..<2_000]))
                return String(decoding: await connection.readToEnd(), as: UTF8.self)
            }
            #expect(text.hasPrefix("HTTP/1.1 408 "), "\(text.prefix(200))")
            #expect(text.contains("\r\nRange: 0-1999\r\n"))
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(try await hostile.offset(of: upload) == 2_000)
            try await hostile.finish(upload, Array(content[2_000...]), of: content)
        }
    }

    @Test("A manifest that does not come is answered with 408, and there is none")
    func slowManifest() async throws {
        try await HostileRegistry.with(HostileRegistry.patient { $0.body = .milliseconds(100) }, requests: 2) {
            hostile in
            let text = try await hostile.everything(to: head("PUT", "/v2/a/manifests/x", "Content-Length: 100") + "{")
            #expect(text.hasPrefix("HTTP/1.1 408 "))
            #expect(try await hostile.client.send("GET", "/v2/a/manifests/x").status == 404)
        }
    }

    @Test("A client that does not read a big blob is cut off")
    func slowReader() async throws {
        let size = 64 << 20
        try await HostileRegistry.with(HostileRegistry.patient { $0.write = .milliseconds(200) }, requests: 3) {
            hostile in
            let digest = try await hostile.client.push([UInt8](repeating: 1, count: size), to: "a")
            try await WireConnection.with(port: hostile.port, receiveBytes: 4096) { connection in
                try await connection.send(head("GET", "/v2/a/blobs/\(digest)"))
                try await eventually("the download is cut off") { hostile.records.contains { $0.method == "GET" } }
            }
            let record = try #require(hostile.records.last { $0.method == "GET" })
            #expect(record.status == 200)
            #expect(record.outcome == .aborted)
            #expect(record.bytesOut < size)
        }
    }
}

extension HostileRegistry {
    /// Sends the rest of an upload and checks that the blob is what it was meant to be.
    func finish(_ upload: String, _ rest: [UInt8], of content: [UInt8]) async throws {
        let digest = Digest.of(content)
        let path = String(upload.prefix { $0 != "?" })
        let done = try await client.send("PUT", "\(path)?digest=\(digest)", body: rest)
        #expect(done.status == 201, "\(done.text)")
    }
}
