//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

/// A server that is killed at random steps of pushes, moves of tags and deletions.
@Suite("The ledger of a server that is killed", .timeLimit(.minutes(10)))
struct LedgerKillTests {
    private static let rounds = 24
    private static let clients = 4

    @Test("has no difference to the storage after any of many kills, and without going through it")
    func loop() async throws {
        let root = try TemporaryFolder()
        let socket = root.path + "/control.sock"
        let done = Done()
        try await ServerProcess.with(root: root.path + "/root", { $0.http = "control: {socket: \"\(socket)\"}" }) {
            server in
            try await LedgerProcess.current(server)
            for round in 0..<Self.rounds {
                let client = server.client
                let end = done.count + Int.random(in: 20...160)
                await withTaskGroup(of: Void.self) { group in
                    for number in 0..<Self.clients {
                        group.addTask {
                            var changes = WireChanges(client, seed: UInt64(round * Self.clients + number))
                            while await changes.step() { done.add() }
                        }
                    }
                    try? await eventually { done.count >= end }
                    await server.kill()
                }
                // Without a server in one half of the rounds, and by the server itself in the other.
                if round.isMultiple(of: 2) {
                    #expect(try await LedgerProcess.differences(server) == [], "round \(round)")
                }
                try await server.restart()
                #expect(try await LedgerProcess.metric(server, "state", ["state": "current"]) == 1, "round \(round)")
                #expect(try await LedgerProcess.differences(server) == [], "round \(round)")
                #expect(try await LedgerProcess.metric(server, "mended_total") == 0, "round \(round)")
            }
        }
        #expect(done.count > 1500)
    }
}

/// Changes that were answered.
private final class Done: Sendable {
    private let number = Mutex(0)

    var count: Int { number.withLock { $0 } }

    func add() { number.withLock { $0 += 1 } }
}

/// Changes over the wire, on few names, so that they meet.
struct WireChanges {
    private let client: WireClient
    /// Whether links to blobs are deleted too, also of those that images need.
    private let deletesBlobs: Bool
    private var generator: SplitMix

    private struct SplitMix: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    init(_ client: WireClient, seed: UInt64, deletesBlobs: Bool = true) {
        self.client = client
        self.deletesBlobs = deletesBlobs
        self.generator = SplitMix(state: seed)
    }

    /// Makes one change, whatever the answer is.
    /// - Returns: false when the server is gone.
    mutating func step() async -> Bool {
        do {
            try await change()
            return true
        } catch is UnexpectedStatus {
            return true
        } catch {
            return false
        }
    }

    private mutating func change() async throws {
        let name = ["k/a", "k/a/b", "k/c", "d"].randomElement(using: &generator) ?? "d"
        let tag = ["1", "2", "latest"].randomElement(using: &generator) ?? "1"
        let layer = PseudorandomBytes.bytes(2_000, seed: Int.random(in: 0..<12, using: &generator))
        switch Int.random(in: 0..<10, using: &generator) {
        case 0...4: _ = try await client.pushImage(to: name, reference: tag, layers: [layer])
        case 5: _ = try await client.delete("/v2/\(name)/manifests/\(tag)")
        case 6:
            let digest = try await client.head("/v2/\(name)/manifests/\(tag)")["docker-content-digest"]
            if let digest { _ = try await client.delete("/v2/\(name)/manifests/\(digest)") }
        case 7 where deletesBlobs: _ = try await client.delete("/v2/\(name)/blobs/\(Digest.of(layer))")
        case 8: _ = try await client.send("POST", "/v2/\(name)/blobs/uploads/?mount=\(Digest.of(layer))&from=k/a")
        default: _ = try await client.beginUpload(in: name)
        }
    }
}
