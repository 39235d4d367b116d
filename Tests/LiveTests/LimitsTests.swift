//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryAuth
import RegistryHTTP
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Limits", .timeLimit(.minutes(10)))
struct LimitsTests {
    private static func with(
        _ configure: (inout TestRegistry.Setup) -> Void,
        _ body: @escaping @Sendable (WireClient, TestRegistry) async throws -> Void
    ) async throws {
        try await TestRegistry.with(configure) { registry in
            try await body(WireClient(port: registry.port), registry)
        }
    }

    private func refusals(_ registry: TestRegistry, _ limit: LimitName) -> Int64 {
        registry.instruments.limitRefusals[limit].value
    }

    /// The events that tell of a limit.
    private func events(_ registry: TestRegistry, _ limit: LimitName) -> [ServerEvent] {
        registry.observer.events.filter { event in
            event.name == .limitReached
                && event.fields.contains { $0.key == "limit" && $0.value == .text(limit.rawValue) }
        }
    }

    @Test("A client that asks too often gets 429 and when to ask again, counted and told")
    func clientRate() async throws {
        try await Self.with({ $0.limits.clientRate = .init(perSecond: 0.001, burst: 2) }) { client, registry in
            for _ in 0..<2 { #expect(try await client.send("GET", "/v2/").status == 200) }
            let refused = try await client.send("GET", "/v2/")
            #expect(refused.status == 429 && refused.errorCode == "TOOMANYREQUESTS")
            let wait = try #require(refused["retry-after"].flatMap { Int($0) })
            #expect(wait > 900 && wait <= 1000)
            #expect(refusals(registry, .clientRate) == 1)
            #expect(events(registry, .clientRate).count == 1)
        }
    }

    @Test("A user that asks too often gets 429; who is refused at the door does not count as anybody")
    func userRate() async throws {
        let access = AccessController(.silly(realm: "a", service: "b"), instruments: AuthInstruments())
        try await Self.with({
            $0.access = access
            $0.limits.userRate = .init(perSecond: 0.001, burst: 1)
        }) { client, registry in
            func ask() async throws -> WireResponse {
                try await client.send("GET", "/v2/", headers: [("Authorization", "Bearer a")])
            }
            for _ in 0..<3 { #expect(try await client.send("GET", "/v2/").status == 401) }
            #expect(try await ask().status == 200)
            let refused = try await ask()
            #expect(refused.status == 429 && refused.errorCode == "TOOMANYREQUESTS")
            #expect(refused["retry-after"] != nil)
            #expect(refusals(registry, .userRate) == 1)
            #expect(events(registry, .userRate).first?.fields.contains { $0.value == .text("silly") } == true)
        }
    }

    @Test("What is larger than a blob may be gets 413, declared or not, and nothing becomes of it")
    func blobSize() async throws {
        try await Self.with({ $0.limits.blobBytes = 1000 }) { client, registry in
            let target = "/v2/a/blobs/uploads/?digest="
            let fits = [UInt8](repeating: 1, count: 1000)
            #expect(try await client.send("POST", target + "\(Digest.of(fits))", body: fits).status == 201)
            let large = [UInt8](repeating: 1, count: 1001)
            let refused = try await client.send("POST", target + "\(Digest.of(large))", body: large)
            #expect(refused.status == 413 && refused.errorCode == "SIZE_INVALID")
            // In chunks, of which each is small enough.
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            let next = try await client.send("PATCH", begun["location"] ?? "", body: fits)
            #expect(next.status == 202)
            #expect(try await client.send("PATCH", next["location"] ?? "", body: [1]).status == 413)
            // As a stream that does not say how long it is.
            let stream = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            try await WireConnection.with(port: registry.port) { connection in
                let path = WireClient.path(of: stream["location"] ?? "")
                try await connection.send(
                    "PATCH \(path) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n"
                )
                try await connection.send(large)
                try await connection.send("\r\n0\r\n\r\n")
                #expect(try await connection.response().status == 413)
            }
            #expect(refusals(registry, .blobSize) == 3)
            #expect(try await client.send("HEAD", "/v2/a/blobs/\(Digest.of(large))").status == 404)
        }
    }

    @Test("What is larger than a manifest may be gets 413; a larger limit lets more in, and out")
    func manifestSize() async throws {
        try await Self.with({ $0.limits.manifestBytes = 1024 }) { client, registry in
            let refused = try await client.send("PUT", "/v2/a/manifests/1", body: [UInt8](repeating: 32, count: 1025))
            #expect(refused.status == 413 && refused.errorCode == "MANIFEST_INVALID")
            #expect(refused.text.contains("at most 1024 bytes") && refusals(registry, .manifestSize) == 1)
        }
        try await Self.with({ $0.limits.manifestBytes = 6 << 20 }) { client, _ in
            let filling = String(repeating: "a", count: 5 << 20)
            try await client.pushImage(to: "a", reference: "1", extra: #","annotations":{"a":"\#(filling)"}"#)
            #expect(try await client.send("GET", "/v2/a/manifests/1").body.count > 5 << 20)
        }
    }

    @Test("A head that is larger than it may be gets 431, and the side port keeps its own limit")
    func headerSize() async throws {
        try await Self.with({ $0.limits.headBytes = 4096 }) { client, registry in
            let header = [("X-Long", String(repeating: "a", count: 5000))]
            let refused = try await client.send("GET", "/v2/", headers: header)
            #expect(refused.status == 431)
            #expect(refusals(registry, .headerSize) == 1)
            let short = [("X-Short", String(repeating: "a", count: 2000))]
            let taken = try await client.send("GET", "/v2/", headers: short)
            #expect(taken.status == 200)
            let side = try await WireClient(port: registry.sidePort).send("GET", "/livez", headers: header)
            #expect(side.status == 200)
        }
    }

    @Test("While as many requests as there may be are under way, others get 503 and are asked to come again soon")
    func inFlight() async throws {
        try await Self.with({ $0.limits.inFlight = 1 }) { client, registry in
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            let path = WireClient.path(of: begun["location"] ?? "")
            try await WireConnection.with(port: registry.port) { connection in
                try await eventually("what came before is over") {
                    registry.instruments.inFlight[.blobUpload].value == 0
                }
                try await connection.send("PATCH \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\na")
                try await eventually("the upload is under way") {
                    registry.instruments.inFlight[.blobUploadChunk].value == 1
                }
                let refused = try await client.send("GET", "/v2/")
                #expect(refused.status == 503 && refused["retry-after"] == "1")
                #expect(refusals(registry, .inFlight) >= 1)
                try await connection.send("bcde")
                #expect(try await connection.response().status == 202)
            }
            try await eventually("there is room again") { try await client.send("GET", "/v2/").status == 200 }
        }
    }

    @Test(
        "Connections beyond those that there may be, of all or of one address, are closed until there is room",
        arguments: [LimitName.connections, .clientConnections]
    )
    func connections(_ limit: LimitName) async throws {
        try await Self.with({
            if limit == .connections { $0.limits.connections = 1 } else { $0.limits.clientConnections = 1 }
        }) { client, registry in
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await connection.response().status == 200)
                try await WireConnection.with(port: registry.port) { other in
                    #expect(await other.readToEnd().isEmpty)
                }
                #expect(refusals(registry, limit) == 1)
                // The one that was there first is not harmed.
                try await connection.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await connection.response().status == 200)
            }
            try await eventually("there is room again") { (try? await client.send("GET", "/v2/").status) == 200 }
        }
    }

    @Test("A body that comes too slowly gets 408, though something comes all the time")
    func bodyRate() async throws {
        try await Self.with({ $0.limits.bodyPace = .init(bytesPerSecond: 1 << 40, window: .milliseconds(1)) }) {
            client,
            registry in
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            let path = WireClient.path(of: begun["location"] ?? "")
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send("PATCH \(path) HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
                try await eventually("the body is given up") {
                    try? await connection.send("a")
                    return refusals(registry, .bodyRate) == 1
                }
                let answer = try await connection.response()
                #expect(answer.status == 408 && answer.text.contains("came too slowly"))
                #expect(answer["range"] != nil)
            }
        }
    }

    @Test("A client that takes a blob in too slowly is cut off, and one that keeps the pace is not")
    func sendRate() async throws {
        let content = [UInt8](repeating: 1, count: 32 << 20)
        // A pace that every client keeps, whatever else the machine does, and one that none does that has to be waited for.
        let (easy, hard) = (MinimumPace(bytesPerSecond: 1, window: .seconds(1)), Int64(1) << 40)
        try await Self.with({ $0.limits.sendPace = easy }) { client, registry in
            let digest = try await client.push(content, to: "a")
            let whole = try await client.send("GET", "/v2/a/blobs/\(digest)")
            #expect(whole.body.count == content.count)
            #expect(refusals(registry, .sendRate) == 0)
        }
        try await Self.with({ $0.limits.sendPace = .init(bytesPerSecond: hard, window: .milliseconds(1)) }) {
            client,
            registry in
            let digest = try await client.push(content, to: "a")
            try await WireConnection.with(port: registry.port, receiveBytes: 64 << 10) { connection in
                try await connection.send("GET /v2/a/blobs/\(digest) HTTP/1.1\r\nHost: a\r\n\r\n")
                // Now and then as much as makes room in a full send buffer, of which the kernel tells only when much of it
                // is free.
                var taken = 0
                while refusals(registry, .sendRate) == 0, taken < content.count {
                    taken += (try? await connection.read(256 << 10).count) ?? content.count
                    let end = ContinuousClock.now + .milliseconds(20)
                    while ContinuousClock.now < end { await Task.yield() }
                }
                try await eventually { refusals(registry, .sendRate) == 1 }
            }
        }
    }

    @Test("A head that does not come in time is counted and told")
    func headerTime() async throws {
        try await Self.with({ $0.options.timeouts.header = .milliseconds(50) }) { _, registry in
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send("GET ")
                let answer = try await connection.response()
                #expect(answer.status == 408)
            }
            try await expectOne(.headerTime, registry)
        }
    }

    @Test("A body that does not come in time is counted and told")
    func bodyTime() async throws {
        try await Self.with({ $0.options.timeouts.body = .milliseconds(50) }) { _, registry in
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send("PUT /v2/a/manifests/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n{")
                let answer = try await connection.response()
                #expect(answer.status == 408)
            }
            try await expectOne(.bodyTime, registry)
        }
    }

    @Test("An answer that is not taken in in time is counted and told")
    func sendTime() async throws {
        try await Self.with({ $0.options.timeouts.write = .milliseconds(200) }) { client, registry in
            let digest = try await client.push([UInt8](repeating: 1, count: 64 << 20), to: "a")
            try await WireConnection.with(port: registry.port, receiveBytes: 4096) { connection in
                try await connection.send("GET /v2/a/blobs/\(digest) HTTP/1.1\r\nHost: a\r\n\r\n")
                try await expectOne(.sendTime, registry)
            }
        }
    }

    private func expectOne(_ limit: LimitName, _ registry: TestRegistry) async throws {
        try await eventually("\(limit) is told", limit: .seconds(60)) { events(registry, limit).count == 1 }
        #expect(refusals(registry, limit) == 1)
    }
}
