//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Collections that are killed at random steps, by a server and without one.
@Suite("Collections that are killed", .timeLimit(.minutes(10)))
struct CollectionKillTests {
    private static let rounds = 16

    @Test("leave the ledger right and every tag with a whole image, and are done by the next")
    func loop() async throws {
        let root = try TemporaryFolder()
        let place = root.path + "/root"
        let collecting = ["-m", "-q", "--older-than", "0s"]
        try await ServerProcess.with(root: place, { $0.http = "control: {socket: \"\(root.path)/control.sock\"}" }) {
            server in
            for round in 0..<Self.rounds {
                let client = server.client
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 0..<3 {
                        group.addTask {
                            var changes = WireChanges(client, seed: UInt64(round * 3 + number), deletesBlobs: false)
                            for _ in 0..<60 { _ = await changes.step() }
                        }
                    }
                    if round.isMultiple(of: 2) {
                        // By the server, beside the changes, which end with it.
                        group.addTask {
                            _ = try await Collection.run(server.configuration, collecting + ["--io-budget", "400"])
                        }
                        try? await Task.sleep(for: .milliseconds(Int.random(in: 100...700)))
                        await server.kill()
                    }
                    try await group.waitForAll()
                }
                if !round.isMultiple(of: 2) {
                    await server.terminate()
                    let process = try ChildProcess(
                        try ProjectFolder.binary(),
                        Collection.arguments(server.configuration, collecting + ["--io-budget", "200"])
                    )
                    try await Task.sleep(for: .milliseconds(Int.random(in: 20...500)))
                    process.send(SIGKILL)
                    _ = await process.finished()
                }
                #expect(try await LedgerProcess.differences(server) == [], "round \(round)")
                try await server.restart()
                try await Collection.pullAll(server.client, "round \(round):")
                #expect(try await LedgerProcess.differences(server) == [], "round \(round)")
            }
            let report = try await Collection.report(server.configuration, "-m", "--older-than", "0s")
            #expect(report["reconciled"] == .bool(true))
            let plan = try await Collection.report(server.configuration, "-m", "-d", "--older-than", "0s")
            #expect(plan["blob_count"]?.int == 0 && plan["manifest_count"]?.int == 0, "\(plan)")
            #expect(try await Collection.pullAll(server.client) > 0)
            await server.terminate()
            // The tree says the same as the ledger.
            let environment = ["REGISTRY_LEDGER_ENABLED": "false"]
            let dry = try await Collection.run(
                server.configuration,
                ["-m", "-d", "--json"],
                environment: environment
            )
            let bare = try JSONValue(text: dry.output)
            #expect(bare["source"]?.string == "tree" && bare["blob_count"]?.int == 0, "\(dry)")
        }
    }
}
