//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Pushing blobs in chunks", .timeLimit(.minutes(5)))
struct ChunkedUploadTests {
    private static let blob = sampleBytes(3000)
    private static let digest = Digest.of(blob)

    private static func chunk(_ range: Range<Int>) -> [UInt8] { Array(blob[range]) }

    @Test(
        "Chunks in order make a blob",
        arguments: TestStorage.allCases,
        [(true, true), (true, false), (false, true), (false, false)]
    )
    func inOrder(storage: TestStorage, form: (saysRange: Bool, lastInPut: Bool)) async throws {
        let (saysRange, lastInPut) = form
        try await TestRegistry.client(storage) { client, registry in
            var location = try await client.begin(in: "a")
            let id = location.split(separator: "/").last?.prefix { $0 != "?" }
            let ranges = lastInPut ? [0..<1000, 1000..<2000] : [0..<1000, 1000..<2000, 2000..<3000]
            for range in ranges {
                let header = saysRange ? "\(range.lowerBound)-\(range.upperBound - 1)" : nil
                let response = try await client.patch(location, Self.chunk(range), range: header)
                #expect(response.status == 202)
                #expect(response["range"] == "0-\(range.upperBound - 1)")
                #expect(response["content-length"] == "0")
                #expect(response["docker-upload-uuid"].map { $0[...] } == id)
                #expect(try await registry.record(of: response).range == header)
                location = try #require(response["location"])
            }
            let last = lastInPut ? 2000..<3000 : nil
            let done = try await client.finish(
                location,
                Self.digest,
                last.map(Self.chunk) ?? [],
                range: saysRange && lastInPut ? "2000-2999" : nil
            )
            #expect(done.status == 201)
            #expect(try await client.get("/v2/a/blobs/\(Self.digest)").body == Self.blob)
        }
    }

    @Test("The form of RFC 9110 is understood too")
    func contentRangeWithUnit() async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let location = try await client.begin(in: "a")
            #expect(try await client.patch(location, Self.chunk(0..<1000), range: "bytes 0-999/3000").status == 202)
        }
    }

    @Test(
        "A chunk out of order is a 416 that tells where to go on, with the upload kept",
        arguments: TestStorage.allCases,
        ["2000-2999", "0-999", "999-1998", "1001-2000"]
    )
    func outOfOrder(storage: TestStorage, range: String) async throws {
        try await TestRegistry.client(storage) { client, registry in
            var location = try await client.begin(in: "a")
            location = try #require(try await client.patch(location, Self.chunk(0..<1000), range: "0-999")["location"])
            let chunk = sampleBytes(1000, seed: 5)
            for isLast in [false, true] {
                let response =
                    isLast
                    ? try await client.finish(location, Self.digest, chunk, range: range)
                    : try await client.patch(location, chunk, range: range)
                #expect(response.status == 416)
                #expect(response.errorCode == "RANGE_INVALID")
                #expect(response["range"] == "0-999")
                let record = try await registry.record(of: response)
                #expect(record.error?.code == .rangeInvalid)
                #expect(record.range == range)
            }
            let status = try await client.get(location)
            #expect(status.status == 204)
            #expect(status["range"] == "0-999")
            location = try #require(status["location"])
            location = try #require(
                try await client.patch(location, Self.chunk(1000..<2000), range: "1000-1999")["location"]
            )
            #expect(
                try await client.finish(location, Self.digest, Self.chunk(2000..<3000), range: "2000-2999").status
                    == 201
            )
            #expect(try await client.get("/v2/a/blobs/\(Self.digest)").body == Self.blob)
        }
    }

    @Test("The first chunk begins with nothing before it", arguments: TestStorage.allCases)
    func firstOutOfOrder(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let location = try await client.begin(in: "a")
            let response = try await client.patch(location, Self.chunk(1000..<2000), range: "1000-1999")
            #expect(response.status == 416)
            #expect(response["range"] == "0-0")
            #expect(try await client.finish(location, Self.digest, Self.blob, range: "0-2999").status == 201)
        }
    }

    @Test(
        "A chunk sent twice to the same address is out of order, even when it does not say its range",
        arguments: TestStorage.allCases
    )
    func staleAddress(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let location = try await client.begin(in: "a")
            #expect(try await client.patch(location, Self.chunk(0..<1000)).status == 202)
            let again = try await client.patch(location, Self.chunk(0..<1000))
            #expect(again.status == 416)
            #expect(again["range"] == "0-999")
            // A forged or foreign state tells nothing, so it refuses nothing.
            let forged = WireClient.withoutQuery(location) + "?_state=bm90aGluZw=="
            #expect(try await client.patch(forged, Self.chunk(1000..<2000)).status == 202)
        }
    }

    @Test(
        "A range that is none is a 400",
        arguments: [
            "", "1000", "a-b", "-5", "5-", "9-5", "0-999,1000-1999", "0 - 999", "0-99999999999999999999", "bytes=0-999",
        ]
    )
    func malformedRange(header: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let location = try await client.begin(in: "a")
            let response = try await client.patch(location, Self.chunk(0..<1000), range: header)
            #expect(response.status == 400)
            #expect(response.errorCode == "RANGE_INVALID")
            #expect(try await client.get(location)["range"] == "0-0")
        }
    }

    @Test("A range of another length than the chunk is SIZE_INVALID", arguments: TestStorage.allCases)
    func wrongLength(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let location = try await client.begin(in: "a")
            let response = try await client.patch(location, Self.chunk(0..<1000), range: "0-1000")
            #expect(response.status == 400)
            #expect(response.errorCode == "SIZE_INVALID")
            #expect(try await client.patch(location, Self.chunk(0..<1000), range: "0-999").status == 202)
        }
    }

    @Test("The status tells how far an upload is, by GET and by HEAD", arguments: TestStorage.allCases)
    func status(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            var location = try await client.begin(in: "a")
            // 0-0 stands for nothing and for one byte alike.
            for (size, range) in [(0, "0-0"), (1, "0-0"), (2, "0-2"), (997, "0-999")] {
                if size > 0 { location = try #require(try await client.patch(location, sampleBytes(size))["location"]) }
                for method in ["GET", "HEAD"] {
                    let response = try await client.send(method, location)
                    #expect(response.status == 204)
                    #expect(response["range"] == range)
                    #expect(response["content-length"] == nil)
                    #expect(response["docker-upload-uuid"] != nil)
                    #expect(response["location"].map(WireClient.withoutQuery) == WireClient.withoutQuery(location))
                }
            }
        }
    }

    @Test("A cancelled upload is gone at once", arguments: TestStorage.allCases)
    func cancel(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let location = try await client.begin(in: "a")
            _ = try await client.patch(location, Self.chunk(0..<1000))
            let response = try await client.delete(location)
            #expect(response.status == 204)
            #expect(response.body.isEmpty)
            for method in ["GET", "PATCH", "DELETE"] {
                #expect(
                    try await client.send(method, location, body: []).errorCode == "BLOB_UPLOAD_UNKNOWN",
                    "\(method)"
                )
            }
            #expect(try await client.finish(location, Self.digest, Self.blob).errorCode == "BLOB_UPLOAD_UNKNOWN")
            #expect(try await registry.paths() == [])
        }
    }

    @Test("An upload belongs to its repository", arguments: TestStorage.allCases)
    func otherRepository(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let location = try await client.begin(in: "a").replacing("/v2/a/", with: "/v2/b/")
            for method in ["GET", "PATCH", "DELETE"] {
                #expect(
                    try await client.send(method, location, body: []).errorCode == "BLOB_UPLOAD_UNKNOWN",
                    "\(method)"
                )
            }
        }
    }

    @Test(
        "A body that ends too early keeps what came, and the upload goes on from there",
        arguments: TestStorage.allCases
    )
    func interrupted(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let location = try await client.begin(in: "a")
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(
                    "PATCH \(WireClient.path(of: location)) HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n"
                )
                try await connection.send(Self.chunk(0..<1200))
                connection.finish()
                _ = await connection.readToEnd()
            }
            try await eventually { registry.observer.records.contains { $0.method == "PATCH" } }
            let record = try #require(registry.observer.records.first { $0.method == "PATCH" })
            #expect(record.status == 499)
            #expect(record.outcome == .aborted)
            #expect(record.bytesIn == 1200)
            let status = try await client.get(location)
            #expect(status["range"] == "0-1199")
            let next = try #require(status["location"])
            #expect(try await client.finish(next, Self.digest, Self.chunk(1200..<3000)).status == 201)
            #expect(try await client.get("/v2/a/blobs/\(Self.digest)").body == Self.blob)
        }
    }
}
