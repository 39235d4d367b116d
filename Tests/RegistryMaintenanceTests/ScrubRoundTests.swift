//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryMaintenance
import RegistryStorage
import RegistryTelemetry
import Testing

@Suite("A round through all content", .timeLimit(.minutes(5)))
struct ScrubRoundTests {
    @Test("is told of before anything is read, without the numbers of the last one")
    func beginning() async throws {
        let bench = try await MaintenanceBench(hasLedger: false)
        try await bench.pushImage(["a", "b"], tags: ["1"], to: "app")
        let scrub = Scrub(bench.context, driver: bench.driver, budget: nil, by: MutationOrigin(actor: "test"))
        let instruments = bench.instruments.maintenance
        var position = ScrubPosition()
        for round in 1...2 {
            let completed = position.completed
            var saved: [(position: ScrubPosition, blobsRead: Int64, permille: Int64)] = []
            position = try await scrub.run(
                from: position,
                save: { told in
                    saved.append((told, instruments.scrubbed.value, instruments.scrubPosition.value))
                }
            )
            let first = try #require(saved.first)
            #expect(first.position.began != nil && first.position.completed == completed)
            #expect(first.position.blobs == 0 && first.position.shard == 0 && first.position.last == nil)
            #expect(first.blobsRead == Int64(4 * (round - 1)) && first.permille == 0)
            #expect(position.blobs == 4 && position.began == nil && position.completed != nil)
            #expect(saved.last?.permille == 1000)
        }
        await bench.close()
    }
}
