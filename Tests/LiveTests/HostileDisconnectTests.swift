//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Clients that vanish", .timeLimit(.minutes(10)))
struct HostileDisconnectTests {
    /// How a client goes.
    enum Leaving: String, CaseIterable, Sendable {
        /// It ends its sending half and waits.
        case halfClose
        /// It closes the connection, as a program that ends does.
        case close
        /// Its connection is reset.
        case reset
    }

    /// How a body is sent.
    enum Way: String, CaseIterable, Sendable {
        case monolithic, chunk, stream
    }

    private static func leave(_ leaving: Leaving, _ connection: WireConnection) async throws {
        switch leaving {
        case .halfClose:
            connection.finish()
            _ = await connection.readToEnd()
        case .close: try await connection.close()
        case .reset: try await connection.reset()
        }
    }

    @Test(
        "In the middle of a push: the upload stands at what came and can be finished",
        arguments: Way.allCases,
        Leaving.allCases
    )
    func push(_ way: Way, _ leaving: Leaving) async throws {
        let content = bytes(300_000)
        try await HostileRegistry.with(requests: 5) { hostile in
            let upload = try await hostile.begin()
            let path = String(upload.prefix { $0 != "?" })
            let sent = 200_000
            try await WireConnection.with(port: hostile.port) { connection in
                switch way {
                case .monolithic:
                    let target = "\(path)?digest=\(Digest.of(content))"
                    try await connection.send(head("PUT", target, "Content-Length: \(content.count)"))
                case .chunk:
                    try await connection.send(head("PATCH", path, "Content-Length: \(content.count)"))
                case .stream:
                    try await connection.send(head("PATCH", path, "Transfer-Encoding: chunked") + "493E0\r\n")
                }
                try await connection.send(Array(content[..<sent]))
                if leaving != .halfClose {
                    // A reset throws away what the server has not read, so it comes when the server has begun.
                    try await eventually("the upload began") {
                        hostile.registry.instruments.uploadsInProgress.value == 1
                    }
                }
                try await Self.leave(leaving, connection)
            }
            try await eventually("the push is over") { hostile.records.count == 2 }
            let record = hostile.records[1]
            #expect(record.status == 499)
            #expect(record.outcome == .aborted)
            let offset = try await hostile.offset(of: upload)
            #expect(leaving == .reset ? offset <= sent : offset == sent)
            #expect(record.bytesIn == Int64(offset))
            try await hostile.finish(upload, Array(content[offset...]), of: content)
            let pulled = try await hostile.client.send("GET", "/v2/a/b/blobs/\(Digest.of(content))")
            #expect(pulled.body == content)
        }
    }

    @Test("In the middle of a blob sent with POST: nothing is left of it", arguments: Leaving.allCases)
    func post(_ leaving: Leaving) async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let digest = Digest.of(bytes(1000))
            try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(
                    head("POST", "/v2/a/blobs/uploads/?digest=\(digest)", "Content-Length: 1000") + "abc"
                )
                try await eventually("the upload began") {
                    leaving == .halfClose || hostile.registry.instruments.uploadsInProgress.value == 1
                }
                try await Self.leave(leaving, connection)
            }
            try await eventually("the push is over") { hostile.records.count == 1 }
            #expect(hostile.records[0].status == 499)
            #expect(try hostile.folder.files().isEmpty)
        }
    }

    @Test("In the middle of a manifest: there is none", arguments: Leaving.allCases)
    func manifest(_ leaving: Leaving) async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(head("PUT", "/v2/a/manifests/x", "Content-Length: 1000") + "{")
                try await eventually("the push began") { hostile.registry.instruments.inFlight[.manifest].value == 1 }
                try await Self.leave(leaving, connection)
            }
            try await eventually("the push is over") { hostile.records.count == 1 }
            #expect(hostile.records[0].status == 499)
            #expect(hostile.records[0].outcome == .aborted)
            #expect(try await hostile.client.send("GET", "/v2/a/manifests/x").status == 404)
        }
    }

    @Test(
        "At every place of a stream of chunks",
        arguments: [
            ("", 0), ("3", 0), ("3\r", 0), ("3\r\n", 0), ("3\r\na", 1), ("3\r\nabc", 3), ("3\r\nabc\r", 3),
            ("3\r\nabc\r\n", 3),
            ("3\r\nabc\r\n0", 3), ("3\r\nabc\r\n0\r\n", 3), ("3\r\nabc\r\n0\r\nX: y\r\n", 3),
        ]
    )
    func chunks(_ body: String, _ count: Int) async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let upload = try await hostile.begin()
            try await WireConnection.with(port: hostile.port) { connection in
                try await connection.send(head("PATCH", upload, "Transfer-Encoding: chunked") + body)
                connection.finish()
                _ = await connection.readToEnd()
            }
            try await eventually("the push is over") { hostile.records.count == 2 }
            #expect(hostile.records[1].status == 499)
            let status = try await hostile.client.send("GET", String(upload.prefix { $0 != "?" }))
            #expect(status["range"] == "0-\(max(0, count - 1))")
        }
    }

    @Test(
        "In the middle of a pull: the record has the bytes so far, and the file is closed",
        arguments: [Leaving.close, .reset]
    )
    func pull(_ leaving: Leaving) async throws {
        let size = 64 << 20
        try await HostileRegistry.with(requests: 3) { hostile in
            let digest = try await hostile.client.push([UInt8](repeating: 1, count: size), to: "a")
            try await WireConnection.with(port: hostile.port, receiveBytes: 4096) { connection in
                try await connection.send(head("GET", "/v2/a/blobs/\(digest)"))
                _ = try await connection.read(100_000)
                try await Self.leave(leaving, connection)
            }
            try await eventually("the pull is over") { hostile.records.count == 3 }
            let record = hostile.records[2]
            #expect(record.status == 200)
            #expect(record.outcome == .aborted)
            #expect((0..<Int64(size)).contains(record.bytesOut))
        }
    }

    @Test("In the middle of a pull from memory", arguments: [Leaving.close, .reset])
    func pullFromMemory(_ leaving: Leaving) async throws {
        let size = 32 << 20
        try await TestRegistry.with { registry in
            let digest = try await WireClient(port: registry.port).push([UInt8](repeating: 1, count: size), to: "a")
            try await WireConnection.with(port: registry.port, receiveBytes: 4096) { connection in
                try await connection.send(head("GET", "/v2/a/blobs/\(digest)"))
                _ = try await connection.read(100_000)
                try await Self.leave(leaving, connection)
            }
            try await eventually("the pull is over") { registry.observer.records.count == 3 }
            let record = registry.observer.records[2]
            #expect(record.outcome == .aborted)
            #expect((0..<Int64(size)).contains(record.bytesOut))
            #expect(registry.instruments.inFlight[.blob].value == 0)
        }
    }

    @Test(
        "Before a request has begun, or within its head",
        arguments: ["", "G", "GET /v2/ HTTP/1.1\r\nHos"],
        Leaving.allCases
    )
    func early(_ beginning: String, _ leaving: Leaving) async throws {
        try await HostileRegistry.with { hostile in
            try await WireConnection.with(port: hostile.port) { connection in
                if !beginning.isEmpty { try await connection.send(beginning) }
                try await Self.leave(leaving, connection)
            }
        }
    }

    @Test(
        "While a storage that is slow and broken is waited for: the failure is nobody's answer, and its trace is kept",
        arguments: [("GET", .close), ("GET", .reset), ("PUT", .reset)] as [(String, Leaving)]
    )
    func beforeTheAnswer(_ method: String, _ leaving: Leaving) async throws {
        let (isHeld, isReleased) = (TestFlag(), TestFlag())
        defer { isReleased.set() }
        let broken = FaultyDriver(InMemoryDriver()) { _, path in
            path.description.contains("/a/") ? StorageError(.failed, "fault", path, cause: "made up") : nil
        }
        let driver = broken.waiting { _, path in
            guard path.description.contains("/a/") else { return }
            isHeld.set()
            try? await eventually("the storage goes on") { isReleased.isSet }
        }
        try await TestRegistry.with(driver: driver) {
            $0.options.sampler = TraceSampler(root: .never)
        } _: { registry in
            defer { isReleased.set() }
            let body = method == "PUT" ? #"{"schemaVersion":2,"mediaType":"\#(indexType)","manifests":[]}"# : ""
            let fields = method == "PUT" ? "Content-Type: \(indexType)\r\nContent-Length: \(body.utf8.count)" : "X: y"
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(head(method, "/v2/a/manifests/x", fields) + body)
                try await eventually("the storage is waited for") { isHeld.isSet }
                try await Self.leave(leaving, connection)
                guard leaving == .reset else { return }
                try await eventually("the server knows") { registry.connections.count == 0 }
            }
            isReleased.set()
            try await eventually("the request is over") { registry.observer.records.count == 1 }
            let record = registry.observer.records[0]
            #expect(record.route == .manifest && record.error?.status == 500)
            #expect(record.error?.cause?.contains("made up") == true)
            #expect(record.samplingReason == .error)
            let requests = registry.instruments.requests[.manifest]
            let verb = record.methodName
            switch leaving {
            case .reset:
                #expect(record.status == 499 && record.unsentStatus == 500 && record.outcome == .aborted)
                #expect(requests[.clientClosedRequest][verb].value == 1)
                #expect(requests[.internalServerError][verb].value == 0)
                #expect(registry.instruments.aborted[.manifest].value == 1)
            case .close, .halfClose:
                // It might have ended its sending half only, so it is answered.
                #expect(record.status == 500 && record.unsentStatus == nil && record.outcome == .failed)
                #expect(requests[.internalServerError][verb].value == 1)
            }
        }
    }

    private let indexType = "application/vnd.oci.image.index.v1+json"

    @Test("A client that ends its sending half right after a request gets the whole answer")
    func halfCloseAfterGet() async throws {
        let content = bytes(20 << 20)
        try await HostileRegistry.with(requests: 4) { hostile in
            let digest = try await hostile.client.push(content, to: "a")
            for target in ["/v2/", "/v2/a/blobs/\(digest)"] {
                let answer = try await WireConnection.with(port: hostile.port) { connection in
                    try await connection.send(head("GET", target))
                    connection.finish()
                    let answer = try await connection.response()
                    #expect(await connection.readToEnd().isEmpty)
                    return answer
                }
                #expect(answer.status == 200)
                #expect(target == "/v2/" || answer.body == content)
            }
            #expect(hostile.records.allSatisfy { $0.outcome == .ok })
        }
    }
}
