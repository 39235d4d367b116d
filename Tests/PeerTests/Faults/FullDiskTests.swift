//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("A disk that is full", .timeLimit(.minutes(5)))
struct FullDiskTests {
    /// A file system of 8 MiB, with a filler that can be taken away, and a server whose root is on it.
    private func withSmallDisk(
        filler: Int,
        reserve: String = "0",
        _ body: (ServerProcess, SmallDisk) async throws -> Void
    ) async throws {
        try await SmallDisk.with(mebibytes: 8) { disk in
            try disk.fill(filler)
            let root = disk.path + "/registry"
            try await ServerProcess.with(root: root, { $0.reserve = reserve }) { try await body($0, disk) }
        }
    }

    /// How the length of an upload is told.
    enum Framing: CaseIterable { case declared, chunked }

    /// Sends a chunk that may be refused before its end.
    private func patch(
        _ server: ServerProcess,
        _ location: String,
        _ bytes: [UInt8],
        _ framing: Framing
    ) async throws -> WireResponse {
        try await WireConnection.with(port: server.port) { connection in
            let head = "PATCH \(WireClient.path(of: location)) HTTP/1.1\r\nHost: a\r\n"
            let length: [UInt8]
            switch framing {
            case .declared:
                length = Array("Content-Length: \(bytes.count)\r\n\r\n".utf8)
                try? await connection.send(Array(head.utf8) + length + bytes)
            case .chunked:
                length = Array("Transfer-Encoding: chunked\r\n\r\n\(String(bytes.count, radix: 16))\r\n".utf8)
                try? await connection.send(Array(head.utf8) + length + bytes + Array("\r\n0\r\n\r\n".utf8))
            }
            return try await connection.response()
        }
    }

    @Test("Pushes get 507, pulls go on, and an upload ends well when there is room again", arguments: Framing.allCases)
    func full(framing: Framing) async throws {
        try await withSmallDisk(filler: 3 << 20) { server, disk in
            let client = server.client
            let image = try await client.pushImage(to: "full/disk", reference: "1", layers: [[1, 2, 3]])
            let blob = PseudorandomBytes.bytes(6 << 20, seed: 1)
            let begun = try await client.sendChunk(try await client.beginUpload(in: "full/disk"), blob[..<(1 << 20)])

            let refused = try await patch(server, begun, Array(blob[(1 << 20)...]), framing)
            #expect(refused.status == 507)
            #expect(refused.errorCode == "STORAGE_FULL")
            let (offset, next) = try await client.uploadStatus(begun)
            #expect(offset >= 1 << 20)
            #expect(offset < blob.count)
            #expect(offset == (try disk.uploadSize()))
            // A length that does not fit is refused before the upload is looked at.
            #expect(refused["range"] == (framing == .chunked ? "0-\(offset - 1)" : nil))

            try disk.fillUp()
            let other = try await client.send(
                "POST",
                "/v2/full/disk/blobs/uploads/?digest=\(Digest.of([9]))",
                body: [9]
            )
            #expect(other.status == 507)
            #expect(other.errorCode == "STORAGE_FULL")
            let manifest = WireClient.manifest(
                configuration: Array("{}".utf8),
                layers: [],
                extra: #","annotations":{"a":"b"}"#
            )
            let second = try await client.send("PUT", "/v2/full/disk/manifests/2", body: manifest)
            #expect(second.status == 507)
            #expect(try await client.send("GET", "/v2/full/disk/manifests/1").body == image.manifest)
            #expect(try await client.send("GET", "/v2/full/disk/blobs/\(Digest.of([1, 2, 3]))").body == [1, 2, 3])
            #expect(try await client.send("GET", "/v2/full/disk/manifests/2").status == 404)
            #expect(try await server.event("storage_full") != nil)

            try disk.makeRoom()
            try await client.finishUpload(next, blob[offset...], Digest.of(blob))
            #expect(try await client.send("GET", "/v2/full/disk/blobs/\(Digest.of(blob))").body == blob)
        }
    }

    @Test("The reserve is kept: pushes get 507 before the disk is full")
    func reserve() async throws {
        try await withSmallDisk(filler: 0, reserve: "4MiB") { server, disk in
            let client = server.client
            var pushed: [Digest] = []
            var refused: WireResponse?
            for number in 0..<20 where refused == nil {
                do {
                    pushed.append(
                        try await client.push(PseudorandomBytes.bytes(1 << 20, seed: number), to: "reserve/kept")
                    )
                } catch let error as UnexpectedStatus {
                    refused = error.response
                }
            }
            #expect(pushed.count >= 2)
            #expect(refused?.status == 507)
            #expect(refused?.errorCode == "STORAGE_FULL")
            #expect(try disk.freeBytes() >= 4 << 20)
            for digest in pushed {
                #expect(try await client.send("HEAD", "/v2/reserve/kept/blobs/\(digest)").status == 200)
            }
            let metrics = try MetricSamples(
                text: try await WireClient(port: server.sidePort).send("GET", "/metrics").text
            )
            #expect(metrics.sum("registry_storage_writes_refused_total") == 1)
        }
    }
}
