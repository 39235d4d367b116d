//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("A server that goes down", .timeLimit(.minutes(10)))
struct DrainTests {
    private static func driver(_ folder: TemporaryFolder) throws -> FilesystemDriver {
        try FilesystemDriver(root: folder.path, pool: IOPool(size: 2))
    }

    private static func isDraining(_ registry: TestRegistry) async throws {
        try await eventually("draining began") { registry.observer.events.contains { $0.name == .serverStopping } }
    }

    @Test("Requests under way finish, further ones get 503 and the connection ends")
    func finishes() async throws {
        let content = bytes(100_000)
        let folder = try TemporaryFolder()
        let registry = try await TestRegistry.with(driver: try Self.driver(folder)) { registry in
            let client = WireClient(port: registry.port)
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            let path = WireClient.path(of: try #require(begun["location"])).prefix { $0 != "?" }
            try await WireConnection.with(port: registry.port) { kept in
                try await kept.send(head("GET", "/v2/"))
                #expect(try await kept.response().status == 200)
                try await WireConnection.with(port: registry.port) { pushing in
                    let target = "\(path)?digest=\(Digest.of(content))"
                    try await pushing.send(head("PUT", target, "Content-Length: \(content.count)"))
                    try await pushing.send(Array(content[..<50_000]))
                    try await eventually("the push began") { registry.instruments.uploadsInProgress.value == 1 }
                    async let down: Void = registry.shutDown()
                    try await Self.isDraining(registry)
                    try await kept.send(head("GET", "/v2/"))
                    let refused = try await kept.response()
                    #expect(refused.status == 503)
                    #expect(refused.errorCode == "UNAVAILABLE")
                    #expect(refused["connection"] == "close")
                    #expect(refused["retry-after"] == "30")
                    #expect(await kept.readToEnd().isEmpty)
                    let anew = try await client.send("GET", "/v2/a/tags/list")
                    #expect(anew.status == 503)
                    let readiness = try await WireClient(port: registry.sidePort).send("GET", "/readyz")
                    #expect(readiness.status == 503)
                    try await pushing.send(Array(content[50_000...]))
                    #expect(try await pushing.response().status == 201)
                    await down
                }
            }
            return registry
        }
        #expect(registry.observer.records.map(\.status).sorted() == [200, 201, 202, 503, 503])
        #expect(!registry.observer.events.contains { $0.name == .drainExpired })
        try await TestRegistry.with(driver: try Self.driver(folder)) { registry in
            let pulled = try await WireClient(port: registry.port).send("GET", "/v2/a/blobs/\(Digest.of(content))")
            #expect(pulled.body == content)
        }
    }

    @Test("What outlasts the drain is cut off, and the next server goes on with it")
    func cut() async throws {
        let content = bytes(100_000)
        let folder = try TemporaryFolder()
        let (path, registry) = try await TestRegistry.with(driver: try Self.driver(folder)) { setup in
            setup.drainTimeout = .milliseconds(100)
        } _: { registry in
            let client = WireClient(port: registry.port)
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            let path = WireClient.path(of: try #require(begun["location"])).prefix { $0 != "?" }
            try await WireConnection.with(port: registry.port) { pushing in
                try await pushing.send(head("PATCH", String(path), "Content-Length: \(content.count)"))
                try await pushing.send(Array(content[..<60_000]))
                try await eventually("the push began") { registry.instruments.uploadsInProgress.value == 1 }
                async let down: Void = registry.shutDown()
                _ = await pushing.readToEnd()
                await down
            }
            return (String(path), registry)
        }
        #expect(registry.observer.events.contains { $0.name == .drainExpired })
        #expect(registry.observer.records.last?.status == 499)
        #expect(registry.observer.records.last?.outcome == .aborted)
        #expect(registry.instruments.uploadsInProgress.value == 0)
        #expect(try OpenFiles.under(folder.path).isEmpty)
        try await TestRegistry.with(driver: try Self.driver(folder)) { registry in
            let client = WireClient(port: registry.port)
            let status = try await client.send("GET", path)
            #expect(status.status == 204)
            let offset = try #require(status["range"].flatMap { Int($0.dropFirst(2)) }) + 1
            #expect((1...60_000).contains(offset))
            let rest = Array(content[offset...])
            let done = try await client.send("PUT", "\(path)?digest=\(Digest.of(content))", body: rest)
            #expect(done.status == 201, "\(done.text)")
            #expect(try await client.send("GET", "/v2/a/blobs/\(Digest.of(content))").body == content)
        }
    }

    @Test("A pull that outlasts the drain is cut off")
    func cutPull() async throws {
        let folder = try TemporaryFolder()
        let registry = try await TestRegistry.with(driver: try Self.driver(folder)) { setup in
            setup.drainTimeout = .milliseconds(100)
        } _: { registry in
            let digest = try await WireClient(port: registry.port).push([UInt8](repeating: 1, count: 64 << 20), to: "a")
            try await WireConnection.with(port: registry.port, receiveBytes: 4096) { pulling in
                try await pulling.send(head("GET", "/v2/a/blobs/\(digest)"))
                _ = try await pulling.read(1000)
                await registry.shutDown()
                try await eventually("the pull is cut off") { registry.observer.records.count == 3 }
            }
            return registry
        }
        #expect(registry.observer.records.last?.outcome == .aborted)
        #expect(try OpenFiles.under(folder.path).isEmpty)
    }

    @Test("Without requests the server goes at once, with idle connections open")
    func idle() async throws {
        let registry = try await TestRegistry.with { registry in
            try await WireConnection.with(port: registry.port) { kept in
                try await kept.send(head("GET", "/v2/"))
                #expect(try await kept.response().status == 200)
                await registry.shutDown()
                #expect(await kept.readToEnd().isEmpty)
            }
            return registry
        }
        #expect(!registry.observer.events.contains { $0.name == .drainExpired })
    }
}
