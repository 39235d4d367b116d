//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// Collections that are killed in the middle, by a server and without one.
@Suite("Collections that are killed", .timeLimit(.minutes(10)))
struct CollectionKillTests {
    /// Calls of which one has the process killed, and which of them, each thread counting for itself: what is moved into the
    /// trash, what makes that durable, and what the ledger writes.
    private static let steps = [
        ("rename", 1), ("rename", 2), ("rename", 5), ("rename", 12), ("fsync", 1), ("fsync", 2), ("fdatasync", 1),
        ("fdatasync", 3), ("pwrite64", 4), ("pwrite64", 15),
    ]

    @Test("leave the ledger right and every tag with a whole image, and are done by the next")
    func loop() async throws {
        let root = try TemporaryFolder()
        let place = root.path + "/root"
        let collecting = ["-m", "-q", "--older-than", "0s"]
        try await ServerProcess.with(root: place, { $0.http = "control: {socket: \"\(root.path)/control.sock\"}" }) {
            server in
            var killed = 0
            for round in 0..<2 * Self.steps.count {
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
                        let before = try trashed(place)
                        let ended = TestFlag()
                        group.addTask {
                            _ = try await Collection.run(server.configuration, collecting + ["--io-budget", "400"])
                            ended.set()
                        }
                        try await eventually("something is taken out, or all is") {
                            try trashed(place) > before + round * 2 || ended.isSet
                        }
                        if !ended.isSet { killed += 1 }
                        await server.kill()
                    }
                    try await group.waitForAll()
                }
                if !round.isMultiple(of: 2) {
                    await server.terminate()
                    let (call, count) = Self.steps[round / 2]
                    let process = try ChildProcess(
                        "strace",
                        ["-f", "-o", "/dev/null", "-e", "trace=\(call)"]
                            + ["-e", "inject=\(call):signal=SIGKILL:when=\(count)", try ProjectFolder.binary()]
                            + Collection.arguments(server.configuration, collecting)
                    )
                    if await process.finished().status == .signal(SIGKILL) { killed += 1 }
                }
                #expect(try await LedgerProcess.differences(server) == [], "round \(round)")
                try await server.restart()
                try await Collection.pullAll(server.client, "round \(round):")
                #expect(try await LedgerProcess.differences(server) == [], "round \(round)")
            }
            #expect(killed > Self.steps.count, "only \(killed) were killed in the middle")
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

    /// How much lies in the trash of a storage.
    private func trashed(_ place: String) throws -> Int {
        let folder = place + "/.plimsoll/trash"
        guard let paths = FileManager.default.enumerator(atPath: folder) else { return 0 }
        return paths.reduce(0) { $0 + (("\($1)".hasSuffix("/data") || "\($1)".hasSuffix("/link")) ? 1 : 0) }
    }
}
