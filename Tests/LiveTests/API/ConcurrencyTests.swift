//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Many clients at once", .timeLimit(.minutes(3)))
struct ConcurrencyTests {
    private static let rounds = 15

    /// Runs a piece of work several times at once.
    private static func together<Output: Sendable>(
        _ count: Int = 4,
        _ work: @escaping @Sendable (Int) async throws -> Output
    ) async throws -> [Output] {
        try await withThrowingTaskGroup(of: Output.self) { group in
            for number in 0..<count { group.addTask { try await work(number) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("All who push the same blob succeed", arguments: TestStorage.allCases)
    func sameBlob(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            for round in 0..<Self.rounds {
                let blob = sampleBytes(20_000, seed: round)
                let digest = Digest.of(blob)
                let statuses = try await Self.together { number in
                    // The ways differ, the blob is the same.
                    switch number % 2 {
                    case 0: try await client.finish(try await client.begin(in: "a"), digest, blob).status
                    default: try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(digest)", body: blob).status
                    }
                }
                #expect(statuses == [201, 201, 201, 201])
                #expect(try await client.get("/v2/a/blobs/\(digest)").body == blob)
            }
            #expect(registry.instruments.blobsRepaired.value == 0)
            #expect(try await registry.paths().allSatisfy { !$0.contains("_uploads") })
        }
    }

    @Test("All who push the same tag succeed, and one of them has it", arguments: TestStorage.allCases)
    func sameTag(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            for round in 0..<Self.rounds {
                let images = try await Self.together { number in
                    try await client.pushImage(to: "a", reference: "latest", layers: [[UInt8(round), UInt8(number)]])
                }
                let pulled = try await client.get("/v2/a/manifests/latest")
                #expect(images.contains { $0.manifest == pulled.body })
                for image in images { #expect(try await client.get("/v2/a/manifests/\(image.digest)").status == 200) }
            }
        }
    }

    @Test("All who push into a new repository succeed", arguments: TestStorage.allCases)
    func sameRepository(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            for round in 0..<Self.rounds {
                let name = "new/\(round)/x"
                _ = try await Self.together {
                    try await client.pushImage(to: name, reference: "t\($0)", layers: [[UInt8($0)]])
                }
                #expect(
                    try await client.get("/v2/\(name)/tags/list").text
                        == #"{"name":"\#(name)","tags":["t0","t1","t2","t3"]}"#
                )
            }
        }
    }

    @Test("Pushing and deleting the same tag at once breaks neither", arguments: TestStorage.allCases)
    func pushAndDelete(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", reference: "latest")
            for _ in 0..<Self.rounds {
                let statuses = try await Self.together(6) { number in
                    switch number % 3 {
                    case 0: try await client.delete("/v2/a/manifests/latest").status
                    case 1: try await client.get("/v2/a/manifests/latest").status
                    default: try await client.put(image.manifest, as: "latest", to: "a").status
                    }
                }
                #expect(Set(statuses).isSubset(of: [200, 201, 202, 404]))
                #expect(try await client.put(image.manifest, as: "latest", to: "a").status == 201)
                #expect(try await client.get("/v2/a/manifests/latest").body == image.manifest)
            }
        }
    }

    @Test("Pushing and deleting the same blob at once breaks neither", arguments: TestStorage.allCases)
    func pushAndDeleteBlob(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let (blob, digest) = (sampleBytes(5000), Digest.of(sampleBytes(5000)))
            for _ in 0..<Self.rounds {
                let statuses = try await Self.together(6) { number in
                    switch number % 3 {
                    case 0: return try await client.delete("/v2/a/blobs/\(digest)").status
                    case 1:
                        let response = try await client.get("/v2/a/blobs/\(digest)")
                        if response.status == 200 { #expect(response.body == blob) }
                        return response.status
                    default: return try await client.finish(try await client.begin(in: "a"), digest, blob).status
                    }
                }
                #expect(Set(statuses).isSubset(of: [200, 201, 202, 404]))
            }
        }
    }

    @Test("Of two chunks for the same place at most one is taken", arguments: TestStorage.allCases)
    func sameChunk(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            for round in 0..<Self.rounds {
                let blob = sampleBytes(300_000, seed: round)
                let location = try await client.begin(in: "a")
                let statuses = try await Self.together { _ in
                    try await client.patch(location, blob, range: "0-\(blob.count - 1)").status
                }
                // The others come while it is written, or after it: 409, or 416.
                #expect(statuses.count { $0 == 202 } == 1)
                #expect(Set(statuses).isSubset(of: [202, 409, 416]))
                let next = try #require(try await client.get(location)["location"])
                #expect(try await client.finish(next, Digest.of(blob)).status == 201)
                #expect(try await client.get("/v2/a/blobs/\(Digest.of(blob))").body == blob)
            }
            #expect(registry.instruments.uploadsInProgress.value == 0)
        }
    }

    @Test("An upload ended by two at once becomes one whole blob", arguments: TestStorage.allCases)
    func sameEnd(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            for round in 0..<Self.rounds {
                let blob = sampleBytes(50_000, seed: round)
                let digest = Digest.of(blob)
                let location = try await client.begin(in: "a")
                let statuses = try await Self.together { _ in try await client.finish(location, digest, blob).status }
                #expect(statuses.contains(201))
                #expect(Set(statuses).isSubset(of: [201, 404, 409, 416]), "\(statuses)")
                #expect(try await client.get("/v2/a/blobs/\(digest)").body == blob)
            }
            #expect(registry.instruments.blobsRepaired.value == 0)
        }
    }
}
