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

@Suite("Read-only, without deleting, and full", .timeLimit(.minutes(5)))
struct ModeTests {
    private static func withImage(
        _ storage: TestStorage,
        _ configure: @escaping @Sendable (inout TestRegistry.Setup) -> Void,
        _ body: @escaping @Sendable (WireClient, TestRegistry, _ manifest: [UInt8]) async throws -> Void
    ) async throws {
        try await storage.with { driver in
            let image = try await TestRegistry.with(driver: driver) { registry in
                try await WireClient(port: registry.port).pushImage(to: "a", reference: "latest")
            }
            try await TestRegistry.with(driver: driver, configure) { registry in
                try await body(WireClient(port: registry.port), registry, image.manifest)
            }
        }
    }

    @Test("A read-only registry serves pulls, and refuses all that changes it", arguments: TestStorage.allCases)
    func readOnly(storage: TestStorage) async throws {
        try await Self.withImage(storage) {
            $0.isReadOnly = true
        } _: { client, registry, manifest in
            let before = try await registry.tree()
            let (digest, blob) = (Digest.of(manifest), Digest.of(Array("{}".utf8)))
            for path in [
                "/v2/", "/v2/_catalog", "/v2/a/tags/list", "/v2/a/manifests/latest", "/v2/a/blobs/\(blob)",
                "/v2/a/referrers/\(digest)",
            ] {
                #expect(try await client.get(path).status == 200, "\(path)")
            }
            for (method, path, allowed) in [
                ("PUT", "manifests/x", "GET, HEAD"), ("DELETE", "manifests/latest", "GET, HEAD"),
                ("DELETE", "manifests/\(digest)", "GET, HEAD"), ("DELETE", "blobs/\(blob)", "GET, HEAD"),
                ("POST", "blobs/uploads/", ""), ("POST", "blobs/uploads/?mount=\(blob)", ""),
                ("PATCH", "blobs/uploads/x", "GET, HEAD"), ("PUT", "blobs/uploads/x?digest=\(blob)", "GET, HEAD"),
                ("DELETE", "blobs/uploads/x", "GET, HEAD"),
            ] {
                let response = try await client.send(method, "/v2/a/\(path)", body: method == "PUT" ? manifest : [])
                #expect(response.status == 405, "\(method) \(path)")
                #expect(response.errorCode == "UNSUPPORTED", "\(method) \(path)")
                #expect(response.text.contains("read-only"))
                #expect(response["allow"] == allowed, "\(method) \(path)")
            }
            #expect(try await registry.tree() == before)
        }
    }

    @Test("Without deleting enabled only uploads can be cancelled", arguments: TestStorage.allCases)
    func noDelete(storage: TestStorage) async throws {
        try await Self.withImage(storage) {
            $0.options.allowsDelete = false
        } _: { client, registry, manifest in
            let before = try await registry.tree()
            let blob = Digest.of(Array("{}".utf8))
            for (path, allowed) in [
                ("manifests/latest", "GET, HEAD, PUT"), ("manifests/\(Digest.of(manifest))", "GET, HEAD, PUT"),
                ("blobs/\(blob)", "GET, HEAD"),
            ] {
                let response = try await client.delete("/v2/a/\(path)")
                #expect(response.status == 405)
                #expect(response.errorCode == "UNSUPPORTED")
                #expect(response.text.contains("deleting is not enabled"))
                #expect(response["allow"] == allowed)
            }
            #expect(try await client.delete(try await client.begin(in: "a")).status == 204)
            #expect(try await registry.tree() == before)
        }
    }

    @Test("Below the reserve writes are refused before they are made, and pulls go on", arguments: TestStorage.allCases)
    func full(storage: TestStorage) async throws {
        try await storage.with { base in
            let driver = CappedDriver(base, total: 1000 << 20, free: 500 << 20)
            try await TestRegistry.with(driver: driver) { setup in
                setup.reserve = .percent(10)
            } _: { registry in
                let client = WireClient(port: registry.port)
                let image = try await client.pushImage(to: "a", reference: "latest")
                let upload = try await client.begin(in: "a")
                let before = try await registry.tree()
                driver.setFree(100 << 20)
                let (blob, digest) = (sampleBytes(1000), Digest.of(sampleBytes(1000)))
                let refused = [
                    try await client.patch(upload, blob),
                    try await client.finish(upload, digest, blob),
                    try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(digest)", body: blob),
                    try await client.put(image.manifest, as: "other", to: "a"),
                ]
                for response in refused {
                    #expect(response.status == 507)
                    #expect(response.errorCode == "STORAGE_FULL")
                    #expect(response["retry-after"] == "30")
                }
                #expect(registry.instruments.writesRefused.value == 4)
                #expect(registry.observer.events.count { $0.name == .storageFull } == 4)
                #expect(try await registry.tree() == before)
                #expect(try await client.get("/v2/a/manifests/latest").body == image.manifest)
                #expect(try await client.get("/v2/a/blobs/\(Digest.of(Array("{}".utf8)))").text == "{}")
                #expect(try await client.delete("/v2/a/manifests/latest").status == 202)
                // The upload was kept, and goes on when there is room.
                driver.setFree(500 << 20)
                #expect(try await client.finish(upload, digest, blob).status == 201)
            }
        }
    }

    @Test("What would eat into the reserve is refused by its declared size", arguments: TestStorage.allCases)
    func declaredSize(storage: TestStorage) async throws {
        try await storage.with { base in
            let driver = CappedDriver(base, total: 1000, free: 500)
            try await TestRegistry.with(driver: driver) { setup in
                setup.reserve = .bytes(100)
            } _: { registry in
                let client = WireClient(port: registry.port)
                let upload = try await client.begin(in: "a")
                #expect(try await client.patch(upload, sampleBytes(401)).status == 507)
                #expect(try await client.patch(upload, sampleBytes(400)).status == 202)
            }
        }
    }

    @Test("At the reserve a stream of unknown length is refused too", arguments: TestStorage.allCases)
    func stream(storage: TestStorage) async throws {
        try await storage.with { base in
            let driver = CappedDriver(base, total: 1000, free: 100)
            try await TestRegistry.with(driver: driver) { setup in
                setup.reserve = .bytes(100)
            } _: { registry in
                let location = WireClient.path(of: try await WireClient(port: registry.port).begin(in: "a"))
                for (free, status) in [(Int64(100), 507), (101, 202)] {
                    driver.setFree(free)
                    try await WireConnection.with(port: registry.port) { connection in
                        try await connection.send(
                            "PATCH \(location) HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        )
                        try await connection.send("1\r\nx\r\n0\r\n\r\n")
                        #expect(try await connection.response().status == status)
                    }
                }
            }
        }
    }

    @Test("A reserve of everything refuses writes on a real disk")
    func realDisk() async throws {
        try await TestRegistry.client(.filesystem) { setup in
            setup.reserve = .percent(100)
        } _: { client, _ in
            let response = try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(Digest.of([1]))", body: [1])
            #expect(response.status == 507)
            #expect(response.errorCode == "STORAGE_FULL")
            #expect(try await client.get("/v2/").status == 200)
        }
    }
}
