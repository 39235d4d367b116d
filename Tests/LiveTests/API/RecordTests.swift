//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@Suite("One request, one record", .timeLimit(.minutes(5)))
struct RecordTests {
    /// What a record must say of an exchange.
    private struct Exchange: Sendable {
        let method: String
        let route: RouteName
        var bytesIn: Int
        let response: WireResponse
        var repository: String? = "team/app"
        var reference: String?
        var digest: Digest?
    }

    /// A client that remembers what it did.
    private final class Session: Sendable {
        let client: WireClient
        private let log = Mutex<[Exchange]>([])

        init(_ client: WireClient) { self.client = client }

        var exchanges: [Exchange] { log.withLock { $0 } }

        @discardableResult
        func send(
            _ method: String,
            _ target: String,
            _ route: RouteName,
            body: [UInt8]? = nil,
            _ change: @Sendable (inout Exchange) -> Void = { _ in }
        ) async throws -> WireResponse {
            let response = try await client.send(method, target, body: body)
            var exchange = Exchange(method: method, route: route, bytesIn: body?.count ?? 0, response: response)
            change(&exchange)
            log.withLock { [exchange] in $0.append(exchange) }
            return response
        }
    }

    /// A push and a pull with all their detours.
    private static func run(_ session: Session) async throws {
        let (blob, configuration) = (sampleBytes(300_000), Array("{}".utf8))
        let (blobDigest, configurationDigest) = (Digest.of(blob), Digest.of(configuration))
        let manifest = WireClient.manifest(configuration: configuration, layers: [blob])
        let digest = Digest.of(manifest)
        let base = "/v2/team/app"
        try await session.send("GET", "/v2/", .base) { $0.repository = nil }
        try await session.send("HEAD", "\(base)/blobs/\(blobDigest)", .blob) { $0.digest = blobDigest }
        let begun = try await session.send("POST", "\(base)/blobs/uploads/", .blobUpload, body: [])
        let location = try #require(begun["location"])
        let chunk = try await session.send("PATCH", location, .blobUploadChunk, body: Array(blob[..<1000]))
        let next = try #require(chunk["location"])
        // What is refused unread is not counted as received.
        try await session.send("PATCH", location, .blobUploadChunk, body: [1]) { $0.bytesIn = 0 }
        try await session.send("GET", next, .blobUploadChunk)
        let end = WireClient.adding("digest=\(blobDigest)", to: next)
        try await session.send("PUT", end, .blobUploadChunk, body: Array(blob[1000...])) { $0.digest = blobDigest }
        try await session.send("PUT", "\(base)/manifests/v1", .manifest, body: manifest) { $0.reference = "v1" }
        let post = "\(base)/blobs/uploads/?digest=\(configurationDigest)"
        try await session.send("POST", post, .blobUpload, body: configuration) { $0.digest = configurationDigest }
        try await session.send("PUT", "\(base)/manifests/v1", .manifest, body: manifest) {
            ($0.reference, $0.digest) = ("v1", digest)
        }
        for method in ["HEAD", "GET"] {
            try await session.send(method, "\(base)/manifests/v1", .manifest) {
                ($0.reference, $0.digest) = ("v1", digest)
            }
        }
        try await session.send("GET", "\(base)/manifests/\(digest)", .manifest) {
            ($0.reference, $0.digest) = (digest.description, digest)
        }
        try await session.send("GET", "\(base)/blobs/\(blobDigest)", .blob) { $0.digest = blobDigest }
        try await session.send("GET", "\(base)/tags/list", .tags)
        try await session.send("GET", "\(base)/referrers/\(digest)", .referrers)
        try await session.send("GET", "/v2/_catalog", .catalog) { $0.repository = nil }
        try await session.send("GET", "/nowhere", .unknown) { $0.repository = nil }
        try await session.send("GET", "/v2/BAD/tags/list", .tags) { $0.repository = nil }
        try await session.send("POST", "\(base)/manifests/v1", .manifest, body: [])
        try await session.send("DELETE", "\(base)/manifests/v1", .manifest) { $0.reference = "v1" }
        try await session.send("GET", "\(base)/manifests/v1", .manifest) { $0.reference = "v1" }
        try await session.send("DELETE", "\(base)/blobs/\(blobDigest)", .blob) { $0.digest = blobDigest }
        try await session.send("PURGE", "/v2/", .base) { $0.repository = nil }
    }

    @Test("The record of every answer agrees with it", arguments: TestStorage.allCases)
    func agree(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let session = Session(client)
            try await Self.run(session)
            for exchange in session.exchanges {
                let (response, record) = (exchange.response, try await registry.record(of: exchange.response))
                let label = "\(exchange.method) \(exchange.route) \(response.status)"
                #expect(record.status == response.status, "\(label)")
                #expect(record.method == exchange.method, "\(label)")
                #expect(record.route == exchange.route, "\(label)")
                #expect(record.bytesIn == exchange.bytesIn, "\(label)")
                #expect(record.bytesOut == response.body.count, "\(label)")
                #expect(record.repository?.description == exchange.repository, "\(label)")
                #expect(record.reference?.description == exchange.reference, "\(label)")
                #expect(record.digest == exchange.digest, "\(label)")
                if exchange.method != "HEAD" { #expect(record.error?.code.rawValue == response.errorCode, "\(label)") }
                #expect((record.error == nil) == (response.status < 400), "\(label)")
                #expect(
                    record.uploadID?.description == response["docker-upload-uuid"] || response.status == 416,
                    "\(label)"
                )
                if let digest = response["docker-content-digest"] {
                    #expect(record.digest?.description == digest, "\(label)")
                }
                #expect(record.timeToFirstByte.map { $0 <= record.duration } == true, "\(label)")
                #expect(record.outcome == (response.status < 400 ? .ok : .refused), "\(label)")
                #expect(record.remoteAddress.hasPrefix("127.0.0.1"))
            }
            // Exactly one each, and none without an answer.
            #expect(registry.observer.records.count == session.exchanges.count)
            #expect(Set(registry.observer.records.map(\.requestID)).count == session.exchanges.count)
        }
    }

    @Test("What is no request at all has an answer and a record too")
    func refused() async throws {
        try await TestRegistry.with(.inMemory) { registry in
            for (head, status) in [
                ("BREW /v2/ HTTP/1.1", 400), ("nonsense", 400),
                ("GET /\(String(repeating: "x", count: 100_000)) HTTP/1.1", 431),
            ] {
                let response = try await WireConnection.with(port: registry.port) { connection in
                    try? await connection.send("\(head)\r\nHost: a\r\n\r\n")
                    return try await connection.response()
                }
                #expect(response.status == status)
                #expect(response.errorCode == "REQUEST_INVALID")
                #expect(response["content-length"] == String(response.body.count))
                #expect(response["connection"] == "close")
                #expect(response["docker-distribution-api-version"] == "registry/2.0")
                let record = try await registry.record(of: response)
                #expect(record.status == status)
                #expect(record.route == .unknown)
                #expect(record.error?.code == .requestInvalid)
                #expect(record.bytesOut == response.body.count)
            }
        }
    }

    @Test("Metrics agree with the records", arguments: TestStorage.allCases)
    func metrics(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let session = Session(client)
            try await Self.run(session)
            for exchange in session.exchanges { _ = try await registry.record(of: exchange.response) }
            let (records, instruments) = (registry.observer.records, registry.instruments)
            for route in RouteName.allCases {
                let own = records.filter { $0.route == route }
                #expect(instruments.inFlight[route].value == 0)
                #expect(instruments.requestSize[route].sum == own.reduce(0) { $0 + $1.bytesIn }, "\(route)")
                #expect(instruments.responseSize[route].sum == own.reduce(0) { $0 + $1.bytesOut }, "\(route)")
                #expect(instruments.responseSize[route].counts.reduce(0, +) == own.count, "\(route)")
                for status in StatusLabel.allCases {
                    for method in MethodName.allCases {
                        let count = own.count { StatusLabel($0.status) == status && MethodName($0.method) == method }
                        #expect(
                            instruments.requests[route][status][method].value == count,
                            "\(route) \(status) \(method)"
                        )
                    }
                }
                for method in MethodName.allCases {
                    let time = own.filter { MethodName($0.method) == method }.reduce(0) { $0 + $1.duration.nanoseconds }
                    #expect(instruments.requestDuration[route][method].sum == time, "\(route) \(method)")
                }
            }
            for code in ErrorCode.allCases {
                #expect(instruments.errors[code].value == records.count { $0.error?.code == code }, "\(code)")
            }
            #expect(records.allSatisfy { StatusLabel($0.status) != .other })
            let calls = StorageAction.allCases.reduce(0) { $0 + instruments.storageActions[$1].counts.reduce(0, +) }
            #expect(records.reduce(0) { $0 + $1.storage.calls } == Int(calls))
            let time = StorageAction.allCases.reduce(0) { $0 + instruments.storageActions[$1].sum }
            #expect(records.reduce(0) { $0 + $1.storage.time.nanoseconds } == time)
            #expect(instruments.streamBytes[.write].value == 300_000 + 2)
        }
    }

    @Test("Bytes are counted while they move, and not first when a body is over", arguments: TestStorage.allCases)
    func underWay(storage: TestStorage) async throws {
        let size = 32 << 20
        try await TestRegistry.client(storage) { client, registry in
            let moved = registry.instruments.streamBytes
            let location = WireClient.path(of: try await client.begin(in: "a"))
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(head("PATCH", location, "Content-Length: \(size)"))
                try await connection.send([UInt8](repeating: 1, count: size / 2))
                try await eventually("half of it is counted") { moved[.write].value >= Int64(size / 4) }
                #expect(registry.instruments.uploadsInProgress.value == 1)
                try await connection.send([UInt8](repeating: 1, count: size - size / 2))
                #expect(try await connection.response().status == 202)
            }
            #expect(moved[.write].value == Int64(size))
            let digest = try await client.push([UInt8](repeating: 1, count: size), to: "a")
            try await WireConnection.with(port: registry.port, receiveBytes: 4096) { connection in
                try await connection.send(head("GET", "/v2/a/blobs/\(digest)"))
                _ = try await connection.read(1 << 20)
                try await eventually("the beginning is counted") { moved[.read].value > 0 }
                #expect(registry.instruments.inFlight[.blob].value == 1)
                try await connection.close()
            }
        }
    }

    @Test("Our id is ours: a caller's name for its request is kept apart")
    func callerID() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            for (name, isKept) in [
                ("job-17", true), (String(repeating: "x", count: 128), true),
                ("0123456789abcdef0123456789abcdef", true),
                (String(repeating: "x", count: 129), false), ("a b", false), ("a\"b", false), ("a\\b", false),
                ("é", false), ("", false),
            ] {
                let response = try await client.get("/v2/", headers: [("X-Request-Id", name)])
                #expect(response.all("x-request-id").count == 1)
                let id = try #require(response["x-request-id"])
                #expect(id != name)
                #expect(id.utf8.count == 32)
                let record = try await registry.record(of: response)
                #expect(record.clientRequestID == (isKept ? name : nil), "\(name)")
            }
        }
    }

    @Test("A caller's trace goes on, and a malformed one begins anew")
    func trace() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let (trace, span) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
            for (flags, isSampled) in [("01", true), ("00", false)] {
                let response = try await client.get("/v2/", headers: [("traceparent", "00-\(trace)-\(span)-\(flags)")])
                let context = try await registry.record(of: response).trace
                #expect(context.traceID.description == trace)
                #expect(context.parentSpanID == 0xb7ad_6b71_6920_3331)
                #expect(context.spanID != context.parentSpanID && context.spanID != 0)
                #expect(context.isSampled == isSampled)
            }
            for malformed in [
                "", "00-\(trace)-\(span)", "ff-\(trace)-\(span)-01",
                "00-\(String(repeating: "0", count: 32))-\(span)-01", "x",
            ] {
                let response = try await client.get("/v2/", headers: [("traceparent", malformed)])
                let context = try await registry.record(of: response).trace
                #expect(context.parentSpanID == nil)
                #expect(context.traceID.description != trace && !context.traceID.isZero)
            }
        }
    }

    @Test("Who asked, and on whose behalf, stands in the record")
    func caller() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            let headers = [("User-Agent", "containerd/2.0"), ("X-Forwarded-For", "192.0.2.1, 198.51.100.2")]
            let record = try await registry.record(of: try await client.get("/v2/", headers: headers))
            #expect(record.userAgent == "containerd/2.0")
            #expect(record.forwardedFor == "192.0.2.1, 198.51.100.2")
        }
    }
}
