//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// Uploads that one server begins and the other goes on with, on the same root and with the same secret.
@Suite("An upload that changes servers", .timeLimit(.minutes(5)))
struct SharedUploadTests {
    enum Direction: CaseIterable { case toPlimsoll, toPeer }

    /// Runs one part on the first server and another on the second.
    private func inTurn<Output: Sendable>(
        _ direction: Direction,
        root: TemporaryFolder,
        first: (WireClient) async throws -> Output,
        second: (WireClient, Output) async throws -> Void
    ) async throws {
        switch direction {
        case .toPlimsoll:
            let output = try await PeerRegistry.with(root: root.path) { try await first($0.client) }
            try await ServerProcess.with(root: root.path) { try await second($0.client, output) }
        case .toPeer:
            let output = try await ServerProcess.with(root: root.path) { try await first($0.client) }
            try await PeerRegistry.with(root: root.path) { try await second($0.client, output) }
        }
    }

    /// Begins an upload and sends its first bytes.
    /// - Returns: where it goes on.
    private func begin(_ client: WireClient, _ bytes: ArraySlice<UInt8>) async throws -> String {
        try await client.sendChunk(try await client.beginUpload(in: "moved/upload"), bytes)
    }

    /// Where the first part ends: within a block of the hash, at its end, and far behind.
    static let splits = [1, 63, 64, 100_000, 1_048_577]

    @Test("Begun by one, it is finished by the other", arguments: Direction.allCases, splits)
    func finished(direction: Direction, split: Int) async throws {
        let root = try TemporaryFolder()
        let blob = PseudorandomBytes.bytes(split + 77_777, seed: split)
        let digest = Digest.of(blob)
        try await inTurn(direction, root: root) { client in
            try await begin(client, blob[..<split])
        } second: { client, location in
            let middle = split + 7_777
            let next = try await client.sendChunk(location, blob[split..<middle])
            try await client.finishUpload(next, blob[middle...], digest)
            #expect(try await client.send("GET", "/v2/moved/upload/blobs/\(digest)").body == blob)
        }
    }

    @Test("Begun by one without a byte, it is finished by the other", arguments: Direction.allCases)
    func empty(direction: Direction) async throws {
        let root = try TemporaryFolder()
        let blob = PseudorandomBytes.bytes(5_000, seed: 3)
        try await inTurn(direction, root: root) { client in
            try await client.beginUpload(in: "moved/upload")
        } second: { client, location in
            try await client.finishUpload(location, blob, Digest.of(blob))
        }
    }

    @Test("Its hash states are the same files with the same bytes", arguments: [1, 64, 100_000, 1_048_577])
    func sameHashStates(count: Int) async throws {
        let (ours, theirs) = (try TemporaryFolder(), try TemporaryFolder())
        let blob = PseudorandomBytes.bytes(count, seed: count)
        try await ServerProcess.with(root: ours.path) { _ = try await begin($0.client, blob[...]) }
        try await PeerRegistry.with(root: theirs.path) { _ = try await begin($0.client, blob[...]) }
        // Its own number names each upload.
        func states(_ root: TemporaryFolder) throws -> [String: [UInt8]] {
            var states: [String: [UInt8]] = [:]
            for (path, bytes) in try root.files() {
                if let range = path.firstRange(of: "/hashstates/") { states[String(path[range.upperBound...])] = bytes }
            }
            return states
        }
        let (mine, other) = (try states(ours), try states(theirs))
        let name = "sha256/\(count)"
        #expect(mine[name]?.count == 108)
        #expect(mine[name] == other[name])
        #expect(Set(mine.keys) == Set(other.keys).subtracting(["sha256/0"]))
    }

    @Test("The state of the other is used, not only the content", arguments: Direction.allCases)
    func stateIsRead(direction: Direction) async throws {
        let root = try TemporaryFolder()
        let blob = PseudorandomBytes.bytes(200_000, seed: 5)
        let digest = Digest.of(blob)
        try await inTurn(direction, root: root) { client in
            try await begin(client, blob[..<150_000])
        } second: { client, location in
            // Whoever hashed the content again would find another digest.
            let data = try #require(try root.files().keys.first { $0.hasSuffix("/data") && $0.contains("_uploads/") })
            let file = try FileHandle(forUpdating: URL(fileURLWithPath: root.path + "/" + data))
            try file.write(contentsOf: Data([blob[0] ^ 1]))
            try file.close()
            try await client.finishUpload(location, blob[150_000...], digest)
        }
    }
}
