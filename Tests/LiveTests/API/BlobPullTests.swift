//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Pulling blobs", .timeLimit(.minutes(5)))
struct BlobPullTests {
    /// Below and above what is sent in one write, and more than one piece of the pump.
    private static let sizes = [0, 1, 2, 4096, 262_144, 262_145, 3 << 20]

    @Test("A blob comes back as it was pushed", arguments: TestStorage.allCases, sizes)
    func whole(storage: TestStorage, size: Int) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let blob = sampleBytes(size)
            let digest = try await client.push(blob, to: "a/b")
            let response = try await client.get("/v2/a/b/blobs/\(digest)")
            #expect(response.status == 200)
            #expect(response.body == blob)
            #expect(response["content-length"] == String(size))
            #expect(response["content-type"] == "application/octet-stream")
            #expect(response["docker-content-digest"] == digest.description)
            #expect(response["etag"] == "\"\(digest)\"")
            #expect(response["accept-ranges"] == "bytes")
            #expect(response["cache-control"] == "max-age=31536000")
        }
    }

    @Test("HEAD tells the size without the content", arguments: TestStorage.allCases, [0, 5000, 300_000])
    func head(storage: TestStorage, size: Int) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push(sampleBytes(size), to: "a")
            let response = try await client.head("/v2/a/blobs/\(digest)")
            #expect(response.status == 200)
            #expect(response["content-length"] == String(size))
            #expect(response["docker-content-digest"] == digest.description)
        }
    }

    @Test("A blob is in the repositories that it was pushed to, and in no other", arguments: TestStorage.allCases)
    func unknown(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push(sampleBytes(10), to: "a")
            for target in ["/v2/b/blobs/\(digest)", "/v2/a/b/blobs/\(digest)", "/v2/a/blobs/\(Digest.of([9]))"] {
                let response = try await client.get(target)
                #expect(response.status == 404)
                #expect(response.errorCode == "BLOB_UNKNOWN")
                let head = try await client.head(target)
                #expect(head.status == 404)
                #expect(head["content-length"] == response["content-length"])
            }
        }
    }

    @Test(
        "A range is a part with its place",
        arguments: TestStorage.allCases,
        [
            ("bytes=0-0", 0..<1), ("bytes=500-1499", 500..<1500), ("bytes=500-", 500..<2048),
            ("bytes=-500", 1548..<2048),
            ("bytes=2000-5000", 2000..<2048), ("bytes=-5000", 0..<2048), ("bytes=2047-2047", 2047..<2048),
            ("bytes=0-", 0..<2048), ("bytes=0-99999999999999999999", 0..<2048),
        ]
    )
    func ranges(storage: TestStorage, range: (header: String, bytes: Range<Int>)) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let blob = sampleBytes(2048)
            let digest = try await client.push(blob, to: "a")
            let response = try await client.get("/v2/a/blobs/\(digest)", headers: [("Range", range.header)])
            #expect(response.status == 206)
            #expect(response.body == Array(blob[range.bytes]))
            let place = "bytes \(range.bytes.lowerBound)-\(range.bytes.upperBound - 1)/2048"
            #expect(response["content-range"] == place)
            #expect(response["content-length"] == String(range.bytes.count))
            #expect(response["docker-content-digest"] == digest.description)
            #expect(try await registry.record(of: response).range == range.header)
        }
    }

    @Test("A range of a large blob is exact", arguments: TestStorage.allCases)
    func largeRange(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let blob = sampleBytes(4 << 20)
            let digest = try await client.push(blob, to: "a")
            let response = try await client.get("/v2/a/blobs/\(digest)", headers: [("Range", "bytes=1000001-3500000")])
            #expect(response.status == 206)
            #expect(response.body == Array(blob[1_000_001...3_500_000]))
        }
    }

    @Test(
        "A range outside the content, or none at all, is a 416 that tells the size",
        arguments: TestStorage.allCases,
        [
            "bytes=500-0", "bytes=2048-", "bytes=5000-10000", "bytes=-0", "bytes=-", "bytes=a-b", "bytes=", "bytes=1",
            "bytes",
        ]
    )
    func badRanges(storage: TestStorage, header: String) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let digest = try await client.push(sampleBytes(2048), to: "a")
            let response = try await client.get("/v2/a/blobs/\(digest)", headers: [("Range", header)])
            #expect(response.status == 416)
            #expect(response.errorCode == "RANGE_INVALID")
            #expect(response["content-range"] == "bytes */2048")
            // What is no range may be anything.
            #expect(try await registry.record(of: response).range == (header == "bytes=a-b" ? nil : header))
        }
    }

    @Test("A blob of nothing has no range", arguments: TestStorage.allCases)
    func emptyRange(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push([], to: "a")
            let response = try await client.get("/v2/a/blobs/\(digest)", headers: [("Range", "bytes=0-")])
            #expect(response.status == 416)
            #expect(response["content-range"] == "bytes */0")
        }
    }

    @Test(
        "Several ranges and unknown units are answered whole",
        arguments: ["bytes=0-1,4-5", "lines=1-2", "octets=0-1"]
    )
    func wholeInstead(header: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            let blob = sampleBytes(100)
            let digest = try await client.push(blob, to: "a")
            let response = try await client.get("/v2/a/blobs/\(digest)", headers: [("Range", header)])
            #expect(response.status == 200)
            #expect(response.body == blob)
        }
    }

    @Test("If-Range makes a range depend on the version", arguments: TestStorage.allCases)
    func ifRange(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let blob = sampleBytes(100)
            let digest = try await client.push(blob, to: "a")
            func status(_ condition: String, _ range: String = "bytes=0-9") async throws -> Int {
                let headers = [("Range", range), ("If-Range", condition)]
                return try await client.get("/v2/a/blobs/\(digest)", headers: headers).status
            }
            #expect(try await status("\"\(digest)\"") == 206)
            #expect(try await status("\"\(Digest.of([1]))\"") == 200)
            // A weak tag never matches here, nor does a date: the content has none.
            #expect(try await status("W/\"\(digest)\"") == 200)
            #expect(try await status("Tue, 24 Nov 2026 00:00:00 GMT") == 200)
            #expect(try await status("\"\(Digest.of([1]))\"", "bytes=500-") == 200)
            #expect(try await status("\"\(digest)\"", "bytes=500-") == 416)
        }
    }

    @Test("HEAD has no ranges", arguments: TestStorage.allCases)
    func headRange(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let digest = try await client.push(sampleBytes(100), to: "a")
            let response = try await client.head("/v2/a/blobs/\(digest)", headers: [("Range", "bytes=0-9")])
            #expect(response.status == 200)
            #expect(response["content-length"] == "100")
        }
    }
}
