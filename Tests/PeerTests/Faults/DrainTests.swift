//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("A server that is told to end", .timeLimit(.minutes(5)))
struct DrainTests {
    private let blob = PseudorandomBytes.bytes(20_000_000, seed: 1)

    @Test("What is under way finishes, what is new is refused, and the log ends whole")
    func drain() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let digest = try await server.client.push(blob, to: "drain/test")
            let new = PseudorandomBytes.bytes(2_000_000, seed: 2)
            let location = try await server.client.beginUpload(in: "drain/test")
            try await WireConnection.with(port: server.port) { idle in
                try await idle.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await idle.response().status == 200)
                try await WireConnection.with(port: server.port) { download in
                    try await download.send("GET /v2/drain/test/blobs/\(digest) HTTP/1.1\r\nHost: a\r\n\r\n")
                    try await WireConnection.with(port: server.port) { upload in
                        let target = WireClient.path(of: location) + "&digest=\(Digest.of(new))"
                        let head = "PUT \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(new.count)\r\n\r\n"
                        try await upload.send(Array(head.utf8) + new[..<1_500_000])
                        try await inFlight(server, ["blob", "blob_upload_chunk"])

                        server.process.send(SIGTERM)
                        _ = try #require(try await server.event("server_stopping"))
                        try await expectRefusals(server, idle)
                        #expect(server.process.isRunning)

                        try await upload.send(Array(new[1_500_000...]))
                        let finished = try await upload.response()
                        #expect(finished.status == 201)
                        #expect(finished["docker-content-digest"] == Digest.of(new).description)
                    }
                    let downloaded = try await download.response()
                    #expect(Digest.of(downloaded.body) == digest)
                }
            }
            #expect(await server.process.exit() == .code(0))
            try await expectWholeLog(server, draining: 3)
        }
    }

    /// Waits until requests of these routes are being served.
    private func inFlight(_ server: ServerProcess, _ routes: [String]) async throws {
        for route in routes {
            try await eventually {
                let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
                return try MetricSamples(text: text).sum("registry_http_in_flight_requests", ["handler": route]) == 1
            }
        }
    }

    private func expectRefusals(_ server: ServerProcess, _ idle: WireConnection) async throws {
        func expect(_ response: WireResponse) {
            #expect(response.status == 503)
            #expect(response.errorCode == "UNAVAILABLE")
            #expect(response["connection"] == "close")
        }
        try await eventually { try await WireClient(port: server.sidePort).send("GET", "/readyz").status == 503 }
        expect(try await server.client.send("GET", "/v2/"))
        expect(try await server.client.send("PUT", "/v2/drain/test/manifests/1", body: Array("{}".utf8)))
        try await idle.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
        expect(try await idle.response())
        #expect(await idle.readToEnd().isEmpty)
        #expect(try await WireClient(port: server.sidePort).send("GET", "/livez").status == 200)
    }

    private func expectWholeLog(_ server: ServerProcess, draining: Int) async throws {
        let (_, output, errors) = await server.process.finished()
        #expect(errors.isEmpty)
        #expect(output.hasSuffix("}\n"))
        let lines = try server.log()
        #expect(lines.last?["event"]?.string == "server_stopped")
        #expect(lines.compactMap { $0["seq"]?.int } == Array(1...lines.count))
        #expect(lines.filter { $0["status"]?.int == 503 }.count == draining)
        #expect(!lines.contains { $0["outcome"]?.string == "aborted" })
    }

    @Test("What outlasts the drain is cut off, and the upload goes on after the restart")
    func expiry() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path, { $0.drainTimeout = "200ms" }) { server in
            let location = try await server.client.beginUpload(in: "drain/cut")
            try await WireConnection.with(port: server.port) { upload in
                let target = WireClient.path(of: location)
                let head = "PATCH \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: \(blob.count)\r\n\r\n"
                try await upload.send(Array(head.utf8) + blob[..<5_000_000])
                try await inFlight(server, ["blob_upload_chunk"])
                #expect(await server.terminate() == .code(0))
            }
            let lines = try server.log()
            let expired = try #require(lines.first { $0["event"]?.string == "drain_expired" })
            #expect(expired["connections"]?.int == 1)
            let cut = try #require(lines.first { $0["method"]?.string == "PATCH" })
            #expect(cut["outcome"]?.string == "aborted")
            #expect(lines.last?["event"]?.string == "server_stopped")

            try await server.restart()
            let (offset, next) = try await server.client.uploadStatus(location)
            #expect(offset <= 5_000_000)
            #expect(cut["bytes_in"]?.int ?? 0 >= offset)
            try await server.client.finishUpload(next, blob[offset...], Digest.of(blob))
            let served = try await server.client.send("GET", "/v2/drain/cut/blobs/\(Digest.of(blob))")
            #expect(served.body == blob)
        }
    }

    @Test("An idle server ends at once, with idle connections too", arguments: [SIGTERM, SIGINT])
    func idle(signal: CInt) async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            try await WireConnection.with(port: server.port) { idle in
                try await idle.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await idle.response().status == 200)
                server.process.send(signal)
                #expect(await server.process.exit() == .code(0))
                try await expectWholeLog(server, draining: 0)
            }
        }
    }
}
