//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

@Suite("A server that is killed", .timeLimit(.minutes(10)))
struct CrashTests {
    /// Where the server dies: after some whole chunks, and with some bytes of one more on their way.
    struct Position: CustomTestStringConvertible {
        let chunks: Int
        let bytes: Int

        var testDescription: String { "\(chunks) chunks and \(bytes) bytes" }
    }

    static let positions = [
        Position(chunks: 0, bytes: 0), Position(chunks: 1, bytes: 0), Position(chunks: 3, bytes: 0),
        Position(chunks: 0, bytes: 1), Position(chunks: 1, bytes: 65_536), Position(chunks: 2, bytes: 1_048_576),
        Position(chunks: 0, bytes: 2_500_000), Position(chunks: 1, bytes: 3_500_001),
    ]

    @Test("An upload goes on after the restart, from any position", arguments: positions)
    func upload(position: Position) async throws {
        let root = try TemporaryFolder()
        let chunk = 300_007
        let blob = PseudorandomBytes.bytes(4 * chunk + 4_000_000, seed: position.bytes)
        let acknowledged = position.chunks * chunk
        try await ServerProcess.with(root: root.path) { server in
            var location = try await server.client.beginUpload(in: "crash/test")
            for number in 0..<position.chunks {
                location = try await server.client.sendChunk(location, blob[number * chunk..<(number + 1) * chunk])
            }
            try await die(server, root, within: blob[acknowledged...], after: position.bytes, location)
            try await server.restart()

            let (offset, next) = try await server.client.uploadStatus(location)
            #expect(offset >= acknowledged)
            #expect(offset <= acknowledged + position.bytes)
            #expect(offset == (try uploadSize(root)))
            let middle = offset + chunk / 2
            let last = try await server.client.sendChunk(next, blob[offset..<middle])
            try await server.client.finishUpload(last, blob[middle...], Digest.of(blob))
            let served = try await server.client.send("GET", "/v2/crash/test/blobs/\(Digest.of(blob))")
            #expect(served.body == blob)
            #expect(try root.files().keys.allSatisfy { !$0.contains("_uploads/") })
        }
    }

    /// Kills the server when it has taken what can be taken of a chunk that does not end.
    private func die(
        _ server: ServerProcess,
        _ root: TemporaryFolder,
        within bytes: ArraySlice<UInt8>,
        after count: Int,
        _ location: String
    ) async throws {
        guard count > 0 else { return await server.kill() }
        let before = try uploadSize(root)
        try await WireConnection.with(port: server.port) { connection in
            let head =
                "PATCH \(WireClient.path(of: location)) HTTP/1.1\r\nHost: a\r\nContent-Length: \(bytes.count)\r\n\r\n"
            try await connection.send(Array(head.utf8) + bytes.prefix(count))
            // The server writes in batches of about 1 MiB; of less there is nothing to see on the disk.
            if count > 2 << 20 {
                try await eventually { try uploadSize(root) > before }
            } else {
                try await eventually { try await inFlight(server) == 1 }
            }
            await server.kill()
        }
    }

    private func inFlight(_ server: ServerProcess) async throws -> Double {
        let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        return try MetricSamples(text: text).sum("registry_http_in_flight_requests", ["handler": "blob_upload_chunk"])
    }

    private func uploadSize(_ root: TemporaryFolder) throws -> Int {
        let uploads = root.path + "/docker/registry/v2/repositories/crash/test/_uploads"
        guard let id = try FileManager.default.contentsOfDirectory(atPath: uploads).first else { return 0 }
        let facts = try? FileManager.default.attributesOfItem(atPath: "\(uploads)/\(id)/data")
        return facts?[.size] as? Int ?? 0
    }

    @Test("What was acknowledged is served after the restart, and nothing is visible by half", arguments: [1, 20, 50])
    func manifests(acknowledgements: Int) async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let acknowledged = Acknowledged()
            let client = server.client
            await withTaskGroup(of: Void.self) { group in
                for pusher in 0..<4 { group.addTask { await push(to: client, pusher, acknowledged) } }
                try? await eventually { acknowledged.all.count >= acknowledgements }
                await server.kill()
            }
            try await server.restart()
            let all = acknowledged.all
            #expect(all.count >= acknowledgements)
            for (tag, manifest) in all {
                let served = try await server.client.send("GET", "/v2/crash/loop/manifests/\(tag)")
                #expect(served.body == manifest)
                try await expectBlobs(of: manifest, at: server.client)
            }
            try await expectTags(server.client, Set(all.keys))
            try expectContent(root)
        }
    }

    /// Pushes images until the server is gone.
    private func push(to client: WireClient, _ pusher: Int, _ acknowledged: Acknowledged) async {
        for number in 0... {
            let (tag, layer) = ("\(pusher)-\(number)", PseudorandomBytes.bytes(3_000, seed: number * 4 + pusher))
            guard let image = try? await client.pushImage(to: "crash/loop", reference: tag, layers: [layer]) else {
                return
            }
            acknowledged.add(image.manifest, tag)
        }
    }

    /// Manifests that were answered with 201, by tag.
    private final class Acknowledged: Sendable {
        private let manifests = Mutex<[String: [UInt8]]>([:])

        func add(_ manifest: [UInt8], _ tag: String) { manifests.withLock { $0[tag] = manifest } }

        var all: [String: [UInt8]] { manifests.withLock { $0 } }
    }

    /// A tag that is listed leads to a whole manifest, and the manifest to its blobs.
    private func expectTags(_ client: WireClient, _ acknowledged: Set<String>) async throws {
        let list = try JSONValue(bytes: try await client.send("GET", "/v2/crash/loop/tags/list").body)
        for tag in list["tags"]?.array.compactMap(\.string) ?? [] {
            let served = try await client.send("GET", "/v2/crash/loop/manifests/\(tag)")
            // A tag whose push was cut off may be listed already, and be unknown until it is pushed again.
            if !acknowledged.contains(tag), served.errorCode == "MANIFEST_UNKNOWN" { continue }
            #expect(served.status == 200)
            #expect(served["docker-content-digest"] == Digest.of(served.body).description)
            try await expectBlobs(of: served.body, at: client)
        }
    }

    private func expectBlobs(of manifest: [UInt8], at client: WireClient) async throws {
        for layer in try JSONValue(bytes: manifest)["layers"]?.array ?? [] {
            let digest = try #require(layer["digest"]?.string)
            let served = try await client.send("GET", "/v2/crash/loop/blobs/\(digest)")
            #expect(Digest.of(served.body).description == digest)
        }
    }

    private func expectContent(_ root: TemporaryFolder) throws {
        for (path, bytes) in try root.files(under: "docker/registry/v2/blobs") {
            #expect(path.hasSuffix("/\(Digest.of(bytes).hex)/data"), "\(path)")
        }
    }
}
