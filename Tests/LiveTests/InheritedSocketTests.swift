//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Inherited sockets", .timeLimit(.minutes(5)))
struct InheritedSocketTests {
    @Test("Who connects while the server drains is served by the next run")
    func restart() async throws {
        let socket = try ListeningSocket()
        let port = socket.port
        try await TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { registry in
            #expect(try await WireClient(port: port).get("/v2/").status == 200)
            let begun = try await WireClient(port: port).begin(in: "a/b")
            try await WireConnection.with(port: port) { upload in
                try await upload.send(
                    "PATCH \(WireClient.path(of: begun)) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1"
                )
                try await eventually { registry.instruments.inFlight[.blobUploadChunk].value == 1 }
                await registry.shutDown()
                try await eventually {
                    try await WireClient(port: registry.sidePort).get("/readyz").status == 503
                }
                try await WireConnection.with(port: port) { early in
                    try await early.send("GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    try await upload.send("2")
                    #expect(try await upload.response().status == 202)
                    let (isServing, over) = AsyncStream.makeStream(of: Void.self)
                    async let next: Void = TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { _ in
                        for await _ in isServing {}
                    }
                    #expect(try await early.response().status == 200)
                    over.finish()
                    try await next
                }
            }
        }
    }

    private static let request = "GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n"

    @Test("Restarts under load fail no request")
    func restartsUnderLoad() async throws {
        let socket = try ListeningSocket()
        let port = socket.port
        let tally = Tally()
        let isOver = TestFlag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                // Half of them keep their connections for as long as they may.
                group.addTask { await tally.ask(port, requests: worker.isMultiple(of: 2) ? 1 : 50, until: isOver) }
            }
            for _ in 0..<10 {
                let before = await tally.served
                try await TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { _ in
                    try await eventually { await tally.served >= before + 300 }
                }
            }
            isOver.set()
            // For those that wait in the queue.
            try await TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { _ in
                try await eventually { await tally.ended == 8 }
            }
        }
        #expect(await tally.failures == [])
        #expect(await tally.served >= 3000)
    }

    @Test("A connection on which nothing was asked yet gets its first request answered, and is closed then")
    func firstRequest() async throws {
        let socket = try ListeningSocket()
        try await TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { registry in
            try await WireConnection.with(port: socket.port) { kept in
                try await kept.send(Self.request)
                #expect(try await kept.response().status == 200)
                try await WireConnection.with(port: socket.port) { fresh in
                    // Accepted before the drain begins: an answer on a later connection shows it.
                    #expect(try await WireClient(port: socket.port).send("GET", "/v2/").status == 200)
                    async let down: Void = registry.shutDown()
                    // The one at rest is closed.
                    #expect(await kept.readToEnd().isEmpty)
                    try await fresh.send(Self.request)
                    let last = try await fresh.response()
                    #expect(last.status == 200)
                    #expect(last["connection"] == "close")
                    #expect(await fresh.readToEnd().isEmpty)
                    await down
                }
            }
        }
    }

    @Test("A connection on which nothing is ever asked does not keep the server")
    func silence() async throws {
        let socket = try ListeningSocket()
        try await WireConnection.with(port: socket.port) { silent in
            try await TestRegistry.with({ $0.inheritedSocket = socket.copy() }) { registry in
                let answer = try await WireClient(port: socket.port).send("GET", "/v2/")
                #expect(answer.status == 200)
                #expect(registry.observer.records.count == 1)
            }
            #expect(await silent.readToEnd().isEmpty)
        }
    }
}

/// What clients see of restarts under load.
private actor Tally {
    private(set) var served = 0
    private(set) var ended = 0
    private(set) var failures: [String] = []

    /// Asks on one connection after the other.
    /// - Parameter requests: on one connection at most.
    nonisolated func ask(_ port: Int, requests: Int, until isOver: TestFlag) async {
        while !isOver.isSet {
            do {
                try await WireConnection.with(port: port) { try await ask(requests, on: $0) }
            } catch {
                await add("\(error)")
            }
        }
        await end()
    }

    private nonisolated func ask(_ requests: Int, on connection: WireConnection) async throws {
        for turn in 0..<requests {
            let response: WireResponse
            do {
                try await connection.send("GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
                response = try await connection.response()
            } catch  where turn > 0 {
                // Closed at rest, as every client has to expect.
                return
            }
            if response.status == 200 { await serve() } else { await add("\(response.status) \(response.text)") }
            if response["connection"] == "close" { return }
        }
    }

    private func serve() { served += 1 }

    private func end() { ended += 1 }

    private func add(_ failure: String) { failures.append(failure) }
}

/// A socket that outlives the servers on it, as the service manager's does.
private final class ListeningSocket: Sendable {
    let port: Int
    private let descriptor: CInt

    init() throws {
        let end = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptor = end
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(end, $0, size) == 0 && listen(end, 128) == 0 && getsockname(end, $0, &size) == 0
            }
        }
        guard result else { throw ProcessNotStarted(description: "listen: \(errno)") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }

    /// For a server, which closes it.
    func copy() -> CInt { dup(descriptor) }
}
