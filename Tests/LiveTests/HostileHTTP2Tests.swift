//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

/// Clients that speak HTTP/2 by hand, so that they can do what no library does.
@Suite("Heads of HTTP/2 that are too large", .timeLimit(.minutes(3)))
struct HostileHTTP2Tests {
    // MARK: Frames

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// A frame (RFC 9113 §4.1).
    private static func frame(_ type: UInt8, flags: UInt8 = 0, stream: UInt8 = 0, _ payload: [UInt8] = []) -> [UInt8] {
        let length = [16, 8, 0].map { UInt8(truncatingIfNeeded: payload.count >> $0) }
        return length + [type, flags, 0, 0, 0, stream] + payload
    }

    /// The beginning of a connection, with which its client has not seen the server's settings.
    private static let beginning = preface + frame(4)
    /// The same, with which it has.
    private static let opening = beginning + frame(4, flags: 1)

    /// A number of RFC 7541 §5.1 behind some bits.
    private static func number(_ value: Int, bits: Int, _ first: UInt8 = 0) -> [UInt8] {
        let most = 1 << bits - 1
        guard value >= most else { return [first | UInt8(value)] }
        var (rest, bytes) = (value - most, [first | UInt8(most)])
        while rest >= 128 {
            bytes.append(UInt8(rest & 127 | 128))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    private static func text(_ value: String) -> [UInt8] { number(value.utf8.count, bits: 7) + Array(value.utf8) }

    /// A field that is put into the table (RFC 7541 §6.2.1), or is not.
    private static func field(_ name: String, _ value: String, isKept: Bool = false) -> [UInt8] {
        [isKept ? 0x40 : 0] + text(name) + text(value)
    }

    /// `GET /v2/` at `a`.
    private static let request: [UInt8] = [0x82, 0x86] + [0x04] + text("/v2/") + [0x01] + text("a")

    private static func with(
        headBytes: Int = 4096,
        opening: [UInt8] = opening,
        _ body: @escaping @Sendable (TestRegistry, WireConnection) async throws -> Void
    ) async throws {
        try await TestRegistry.with(
            .inMemory,
            { setup in
                setup.options.takesPlainHTTP2 = true
                setup.limits.headBytes = headBytes
            },
            { registry in
                try await WireConnection.with(port: registry.port) { connection in
                    try await connection.send(opening)
                    try await body(registry, connection)
                }
            }
        )
    }

    private static func refusals(_ registry: TestRegistry) -> Int64 {
        registry.instruments.limitRefusals[.headerSize].value
    }

    /// Reads frames until there is one of a type.
    private static func next(_ type: UInt8, _ connection: WireConnection) async throws -> [UInt8] {
        while true {
            let head = try await connection.read(9)
            let payload = try await connection.read(Int(head[0]) << 16 | Int(head[1]) << 8 | Int(head[2]))
            if head[3] == type { return payload }
        }
    }

    // MARK: Tests

    @Test("What a head may have is announced, with room for an answer to what is somewhat more")
    func announced() async throws {
        try await Self.with(headBytes: 8192) { _, connection in
            let settings = try await Self.next(4, connection)
            let pairs = stride(from: 0, to: settings.count, by: 6).map { Array(settings[$0..<$0 + 6]) }
            let list = try #require(pairs.first { $0[1] == 6 })
            #expect(list[2...].reduce(0) { $0 << 8 | Int($1) } == 2 * 8192 + 32 * 204)
        }
    }

    /// A head in as many frames as it takes (RFC 9113 §6.2).
    private static func head(_ block: [UInt8], stream: UInt8) -> [UInt8] {
        let pieces = stride(from: 0, to: block.count, by: 16 << 10).map { block[$0...].prefix(16 << 10) }
        return pieces.indices.flatMap { index in
            frame(
                index == 0 ? 1 : 9,
                flags: (index == 0 ? 1 : 0) | (index == pieces.count - 1 ? 4 : 0),
                stream: stream,
                Array(pieces[index])
            )
        }
    }

    @Test(
        "What a head may have, it may have before the client knows the server's settings; what is more is 431 then too",
        arguments: [
            (48 << 10, 20_000, 200), (48 << 10, 40_000, 431), (48 << 10, 90_000, 431), (256 << 10, 170_000, 200),
        ]
    )
    func early(headBytes: Int, bytes: Int, status: Int) async throws {
        try await Self.with(headBytes: headBytes, opening: Self.beginning) { registry, connection in
            let block = Self.request + Self.field("authorization", String(repeating: "v", count: bytes))
            try await connection.send(Self.head(block, stream: 1))
            _ = try await Self.next(1, connection)
            let first = String(decoding: try await Self.next(0, connection), as: UTF8.self)
            #expect(first.contains(status == 200 ? "{}" : "the head of the request is too large"), "\(first)")
            try await connection.send(Self.frame(4, flags: 1) + Self.frame(1, flags: 5, stream: 3, Self.request))
            _ = try await Self.next(1, connection)
            let answer = try await Self.next(0, connection)
            #expect(answer == Array("{}".utf8))
            try await eventually("both are told of") { registry.observer.records.map(\.status) == [status, 200] }
            #expect(Self.refusals(registry) == (status == 200 ? 0 : 1))
        }
    }

    @Test("A request that is none of HTTP/2 ends the connection, and is told of as over HTTP/1.1")
    func malformed() async throws {
        try await Self.with { registry, connection in
            // A field of HTTP/1.1 (RFC 9113 §8.2.2) with a secret in it.
            let block = Self.request + Self.field("connection", "s3cr3t")
            try await connection.send(Self.frame(1, flags: 5, stream: 1, block))
            _ = await connection.readToEnd()
            try await eventually("it is told of") { registry.observer.records.count == 1 }
            try Self.expectEnded(registry, 400)
            #expect(registry.observer.records[0].error?.cause == "ForbiddenHeaderField")
            #expect(Self.refusals(registry) == 0)
        }
    }

    /// There is one record, of a client that got GOAWAY in place of an answer.
    private static func expectEnded(_ registry: TestRegistry, _ status: Int) throws {
        #expect(registry.observer.records.count == 1)
        let record = try #require(registry.observer.records.first)
        #expect(record.status == status && record.outcome == .refused)
        #expect(record.version == .http2 && record.method.isEmpty)
        #expect(record.timeToFirstByte == nil && record.bytesOut == 0)
        let counted = registry.instruments.requests[.unknown][StatusLabel(status)][.unknown].value
        #expect(counted == 1)
    }

    @Test(
        "Too many fields, too much of one, and too much of all are refused with 431, counted, and the connection goes on",
        arguments: [(201, 1), (1, 2800), (10, 420)]
    )
    func refused(fields: Int, bytes: Int) async throws {
        try await Self.with { registry, connection in
            let value = String(repeating: "v", count: bytes)
            let block = Self.request + (0..<fields).flatMap { Self.field("x-\($0)", value) }
            // With a body to come, of which nobody wants to know.
            try await connection.send(Self.frame(1, flags: 4, stream: 1, block))
            _ = try await Self.next(1, connection)
            let body = try await Self.next(0, connection)
            #expect(String(decoding: body, as: UTF8.self).contains("the head of the request is too large"))
            #expect(Self.refusals(registry) == 1)
            let record = try #require(registry.observer.records.first)
            #expect(record.status == 431 && record.outcome == .refused)
            #expect(record.version == .http2 && record.method == "GET")
            #expect(record.timeToFirstByte != nil && record.bytesOut == body.count)
            try await connection.send(Self.frame(1, flags: 5, stream: 3, Self.request))
            _ = try await Self.next(1, connection)
            let answer = try await Self.next(0, connection)
            #expect(answer == Array("{}".utf8))
            try await eventually("both are told of") { registry.observer.records.map(\.status) == [431, 200] }
            #expect(Self.refusals(registry) == 1)
        }
    }

    @Test(
        "Many fields and a head of just under the limit are taken, as over HTTP/1.1",
        arguments: [(190, 1), (2, 1800)]
    )
    func taken(fields: Int, bytes: Int) async throws {
        try await Self.with { registry, connection in
            let value = String(repeating: "v", count: bytes)
            let block = Self.request + (0..<fields).flatMap { Self.field("x-\($0)", value) }
            try await connection.send(Self.frame(1, flags: 5, stream: 1, block))
            _ = try await Self.next(1, connection)
            let answer = try await Self.next(0, connection)
            #expect(answer == Array("{}".utf8))
            let plain = (0..<fields).map { ("x-\($0)", value) }
            let same = try await WireClient(port: registry.port).send("GET", "/v2/", headers: plain)
            #expect(same.status == 200)
        }
    }

    @Test("A few bytes that unpack to much more than a head may have end the connection")
    func bomb() async throws {
        try await Self.with { registry, connection in
            // One large field in the table, named again and again by a byte each (RFC 7541 §6.1).
            let block =
                Self.request + Self.field("x", String(repeating: "v", count: 3000), isKept: true)
                + [UInt8](repeating: 0x80 | 62, count: 10_000)
            try await connection.send(Self.frame(1, flags: 5, stream: 1, block))
            // GOAWAY, which tells of a connection error.
            let end = try await Self.next(7, connection)
            #expect(Array(end[4..<8]) != [0, 0, 0, 0])
            _ = await connection.readToEnd()
            try await eventually("it is gone") { registry.connections.count == 0 }
            // What unpacks to too much cannot be told from what does not unpack.
            try Self.expectEnded(registry, 400)
        }
    }

    @Test("A head that goes on and on ends the connection, and is counted", arguments: [0, 1000])
    func flood(bytes: Int) async throws {
        try await Self.with { registry, connection in
            try await connection.send(Self.frame(1, flags: 1, stream: 1, Self.request))
            let more = Self.frame(9, stream: 1, [UInt8](repeating: 0x82, count: bytes))
            // The server may be gone before all of it was sent.
            for _ in 0..<1000 { try? await connection.send(more) }
            _ = await connection.readToEnd()
            try await eventually("it is gone") { registry.connections.count == 0 }
            #expect(Self.refusals(registry) == 1)
            try Self.expectEnded(registry, 431)
        }
    }

    @Test("Of an answer that its client resets within a piece, what it has got is counted but for a slice")
    func reset() async throws {
        // Room for so much of the stream (RFC 9113 §6.5.2), and for more on the connection (§6.9).
        let room = 200_000
        let opening =
            Self.preface + Self.frame(4, [0, 4, 0, 3, 0x0d, 0x40]) + Self.frame(4, flags: 1)
            + Self.frame(8, [0, 0x10, 0, 0])
        try await Self.with(opening: opening) { registry, connection in
            let digest = try await WireClient(port: registry.port).push(sampleBytes(1 << 20), to: "a")
            let path: [UInt8] = [0x04] + Self.text("/v2/a/blobs/\(digest)")
            let block: [UInt8] = [0x82, 0x86] + path + [0x01] + Self.text("a")
            try await connection.send(Self.frame(1, flags: 5, stream: 1, block))
            var received = 0
            while received < room { received += try await Self.next(0, connection).count }
            #expect(received == room)
            #expect(registry.observer.records.allSatisfy { $0.method != "GET" })
            try await connection.send(Self.frame(3, stream: 1, [0, 0, 0, 8]))
            try await eventually("it is told of") { registry.observer.records.contains { $0.method == "GET" } }
            let record = try #require(registry.observer.records.first { $0.method == "GET" })
            #expect(record.status == 200)
            #expect(record.bytesOut <= received && record.bytesOut >= received - 65_536)
        }
    }
}
