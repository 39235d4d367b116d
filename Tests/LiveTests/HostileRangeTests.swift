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

@Suite("Ranges and sizes", .timeLimit(.minutes(10)))
struct HostileRangeTests {
    @Test("Whatever a client asks for of a blob, it gets that, all, or 416")
    func ranges() async throws {
        let cases: [(String, Int, Range<Int>?)] = [
            ("bytes=0-0", 206, 0..<1), ("bytes=10-19", 206, 10..<20), ("bytes=990-", 206, 990..<1000),
            ("bytes=-10", 206, 990..<1000),
            ("bytes=-1", 206, 999..<1000), ("bytes=-1000", 206, 0..<1000), ("bytes=-5000", 206, 0..<1000),
            ("bytes=-0", 416, nil),
            ("bytes=0-99999", 206, 0..<1000), ("bytes=0-99999999999999999999999", 206, 0..<1000),
            ("bytes=999-999", 206, 999..<1000),
            ("bytes=1000-", 416, nil), ("bytes=1000-1001", 416, nil), ("bytes=99999999999999999999999-", 416, nil),
            ("bytes=-99999999999999999999999", 206, 0..<1000), ("bytes=20-10", 416, nil), ("bytes=", 416, nil),
            ("bytes=-", 416, nil),
            ("bytes", 416, nil), ("bytes=a-b", 416, nil), ("bytes=1-b", 416, nil), ("bytes=+1-2", 416, nil),
            ("bytes=--1", 416, nil), ("bytes=0x1-2", 416, nil),
            ("bytes=0-1,5-6", 200, nil),
            ("bytes=0-1,", 200, nil), ("items=0-5", 200, nil), ("", 200, nil), ("=0-5", 200, nil),
            ("bytes=1-2-3", 416, nil),
            ("bytes=0-" + String(repeating: "0", count: 10_000) + "5", 206, 0..<6),
        ]
        try await HostileRegistry.with(requests: 2 + cases.count) { hostile in
            let content = bytes(1000)
            let digest = try await hostile.client.push(content, to: "a")
            for (header, status, range) in cases {
                let answer = try await hostile.client.send("GET", "/v2/a/blobs/\(digest)", headers: [("Range", header)])
                #expect(answer.status == status, "\(header.prefix(40))")
                switch status {
                case 206:
                    let range = try #require(range)
                    #expect(answer.body == Array(content[range]), "\(header.prefix(40))")
                    #expect(answer["content-range"] == "bytes \(range.lowerBound)-\(range.upperBound - 1)/1000")
                case 416:
                    #expect(answer.errorCode == "RANGE_INVALID")
                    #expect(answer["content-range"] == "bytes */1000")
                default:
                    #expect(answer.body == content, "\(header.prefix(40))")
                    #expect(answer["content-range"] == nil)
                }
            }
        }
    }

    @Test("A blob without bytes is pushed, pulled and asked for in parts")
    func zeroBytes() async throws {
        try await HostileRegistry.with(requests: 9) { hostile in
            let digest = try await hostile.client.push([], to: "a")
            let target = "/v2/a/blobs/\(digest)"
            for header in ["bytes=0-0", "bytes=0-", "bytes=-1", "bytes=-0"] {
                let answer = try await hostile.client.send("GET", target, headers: [("Range", header)])
                #expect(answer.status == 416, "\(header)")
                #expect(answer["content-range"] == "bytes */0")
            }
            let several = try await hostile.client.send("GET", target, headers: [("Range", "bytes=0-0,1-1")])
            #expect(several.status == 200)
            for method in ["GET", "HEAD"] {
                let whole = try await hostile.client.send(method, target)
                #expect(whole.status == 200)
                #expect(whole["content-length"] == "0")
                #expect(whole.body.isEmpty)
            }
        }
    }

    @Test("A range is given only of the version that If-Range names", arguments: [true, false])
    func ifRange(_ isSame: Bool) async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let content = bytes(100)
            let digest = try await hostile.client.push(content, to: "a")
            let tag = isSame ? "\"\(digest)\"" : "\"other\""
            let headers = [("Range", "bytes=0-4"), ("If-Range", tag)]
            let answer = try await hostile.client.send("GET", "/v2/a/blobs/\(digest)", headers: headers)
            #expect(answer.status == (isSame ? 206 : 200))
            #expect(answer.body == (isSame ? Array(content[..<5]) : content))
        }
    }

    @Test("A manifest of 4 MiB is taken, and one byte more is not", arguments: [false, true])
    func largeManifest(isChunked: Bool) async throws {
        try await HostileRegistry.with(requests: 5) { hostile in
            let configuration = Array("{}".utf8)
            try await hostile.client.push(configuration, to: "a")
            for extra in [0, 1] {
                let size = ManifestFacts.maximumBytes + extra
                let empty = WireClient.manifest(
                    configuration: configuration,
                    layers: [],
                    extra: #","annotations":{"a":""}"#
                )
                let padding = String(repeating: "x", count: size - empty.count)
                let manifest = WireClient.manifest(
                    configuration: configuration,
                    layers: [],
                    extra: #","annotations":{"a":"\#(padding)"}"#
                )
                #expect(manifest.count == size)
                let type = "Content-Type: \(MediaType.ociManifest)"
                let length = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
                let answer = try await WireConnection.with(port: hostile.port) { connection in
                    try await connection.send(head("PUT", "/v2/a/manifests/v\(extra)", type, length))
                    if isChunked { try await connection.send(String(size, radix: 16) + "\r\n") }
                    try await connection.send(manifest)
                    if isChunked { try await connection.send("\r\n0\r\n\r\n") }
                    return try await connection.response()
                }
                #expect(answer.status == (extra == 0 ? 201 : 413), "\(answer.text)")
                #expect(answer.errorCode == (extra == 0 ? nil : "MANIFEST_INVALID"))
            }
            #expect(try await hostile.client.send("GET", "/v2/a/manifests/v1").status == 404)
        }
    }

    @Test(
        "A refusal reaches a client that goes on sending",
        arguments: [
            ("PATCH", "/v2/a/blobs/uploads/none", 404), ("PUT", "/v2/a/blobs/uploads/none?digest=x", 400),
            ("POST", "/v2/A/blobs/uploads/", 400), ("PUT", "/v2/a/manifests/x", 413), ("PUT", "/nowhere", 404),
        ],
        [true, false]
    )
    func earlyRefusal(_ request: (String, String, Int), isChunked: Bool) async throws {
        let (method, target, status) = request
        try await HostileRegistry.with(HostileRegistry.patient { $0.linger = .seconds(60) }, requests: 1) { hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                let piece = [UInt8](repeating: 1, count: 1 << 20)
                try await connection.send(
                    head(method, target, isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(100 << 20)")
                )
                for _ in 0..<32 {
                    if isChunked { try await connection.send("100000\r\n") }
                    try await connection.send(piece)
                    if isChunked { try await connection.send("\r\n") }
                }
                let answer = try await connection.response()
                #expect(answer.status == status)
                #expect(answer.errorCode != nil)
                #expect(answer["connection"] == "close")
                #expect(await connection.readToEnd().isEmpty)
            }
        }
    }

    @Test("A client that goes on sending for ever after its refusal is cut off")
    func endlessSending() async throws {
        try await HostileRegistry.with(HostileRegistry.patient { $0.linger = .milliseconds(100) }, requests: 1) {
            hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(head("PATCH", "/v2/a/blobs/uploads/none", "Content-Length: \(Int64.max)"))
                let piece = [UInt8](repeating: 1, count: 1 << 16)
                try await eventually("the server ends the connection") { (try? await connection.send(piece)) == nil }
            }
        }
    }
}
