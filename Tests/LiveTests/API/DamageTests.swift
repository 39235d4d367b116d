//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryHTTP
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Damage that a read finds", .timeLimit(.minutes(10)))
struct DamageTests {
    @Test(
        "A blob that is cut short while it is sent ends its connection, and is the server's failure everywhere",
        arguments: [100, 20 << 20, 20_000_001]
    )
    func truncatedWhileSent(rest: Int) async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: IOPool(size: 2))
        try await TestRegistry.with(driver: driver) {
            $0.options.sampler = TraceSampler(root: .never)
        } _: { registry in
            let blob = sampleBytes(40 << 20)
            let digest = try await WireClient(port: registry.port).push(blob, to: "team/app")
            let file = folder.path + DiskLayout.blob(digest).description
            let received = try await WireConnection.with(port: registry.port, receiveBytes: 64 << 10) { connection in
                try await connection.send("GET /v2/team/app/blobs/\(digest) HTTP/1.1\r\nHost: a\r\n\r\n")
                // The answer has begun, and most of it is not sent, since this client takes so little of it.
                let start = try await connection.read(1000)
                #expect(truncate(file, rest) == 0)
                return start.count + (await connection.readToEnd()).count
            }
            #expect(received < blob.count)
            try await eventually("the record") { registry.observer.records.last?.route == .blob }
            let record = try #require(registry.observer.records.last)
            #expect(record.status == 200)
            #expect(record.outcome == .failed && !record.isAborted)
            // The head, which is not counted, takes less.
            #expect(record.bytesOut + 1000 >= received)
            // Kept although nothing else is, and the work that failed says so.
            #expect(record.samplingReason == .error)
            let spans = try #require(record.spans).close().spans
            #expect(spans.last?.outcome == .failed(code: "truncated"))
            #expect(registry.instruments.brokenOff[.blob].value == 1)
            #expect(registry.instruments.aborted[.blob].value == 0)
            #expect(record.error?.cause?.contains("truncated") == true)
            #expect(registry.instruments.blobsDamaged.value == 1)
            let event = try #require(registry.observer.events.first { $0.name == .blobDamaged })
            #expect(event.fields.map(\.value).prefix(2) == [.text(digest.description), .text("team/app")])
        }
    }

    @Test("The empty blob is no damage, and any other blob that is empty is", arguments: TestStorage.allCases)
    func empty(storage: TestStorage) async throws {
        try await storage.with { driver in
            let (empty, other) = try await TestRegistry.with(driver: driver) { registry in
                let client = WireClient(port: registry.port)
                let other = try await client.push([1, 2, 3], to: "a")
                try await registry.plant([], at: DiskLayout.blob(other))
                return (try await client.push([], to: "a"), other)
            }
            // A server that has not seen them before.
            try await TestRegistry.with(driver: driver) { registry in
                let client = WireClient(port: registry.port)
                #expect(try await client.get("/v2/a/blobs/\(empty)").status == 200)
                #expect(try await client.head("/v2/a/blobs/\(empty)").status == 200)
                #expect(registry.instruments.blobsDamaged.value == 0)
                let response = try await client.get("/v2/a/blobs/\(other)")
                #expect(response.errorCode == "BLOB_UNKNOWN")
                #expect(try await registry.record(of: response).error?.cause == "the stored content is empty")
                #expect(registry.instruments.blobsDamaged.value == 1)
                let image = WireClient.manifest(configuration: [1, 2, 3], layers: [])
                #expect(try await client.put(image, as: "latest", to: "a").errorCode == "MANIFEST_BLOB_UNKNOWN")
            }
        }
    }

    @Test("A small blob that cannot be read is an error with an answer, not a connection cut off")
    func unreadable() async throws {
        let driver = FaultyDriver(InMemoryDriver(), failing: [.stream], with: .failed)
        try await TestRegistry.with(driver: driver) { registry in
            let client = WireClient(port: registry.port)
            let digest = try await client.push([1, 2, 3], to: "a")
            let response = try await client.get("/v2/a/blobs/\(digest)")
            #expect(response.status == 500)
            #expect(response.errorCode == "UNKNOWN")
            #expect(registry.instruments.blobsDamaged.value == 0)
        }
    }
}
