//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryLedger

@Suite("The rebuilding of a ledger", .timeLimit(.minutes(5)))
struct RebuildTests {
    @Test("goes on where it was ended, and ends with no difference")
    func resumes() async throws {
        let bench = try LedgerBench(isJournalled: false)
        for number in 0..<64 { try await bench.pushImage([[UInt8(number)]], tags: ["1"], to: "r\(number)") }
        await bench.ledger.open()
        let first = Task {
            try await bench.ledger.rebuild(fromStart: true) { _, progress in
                if progress.repositories == 20 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        let ended = await first.result
        guard case .failure = ended else {
            Issue.record("it was not ended")
            return
        }
        #expect(bench.ledger.standing.state == .catchingUp)

        var seen: [LedgerProgress] = []
        let progress = try await bench.ledger.rebuild(fromStart: false) { _, progress in seen.append(progress) }
        // Of the content nothing again, and none of the repositories of which it had told.
        #expect(seen.first?.shards == LedgerComparison.shardCount)
        #expect(try #require(seen.first?.repositories) > 20)
        #expect(progress.repositories == 64 && progress.blobs == 0)
        #expect(bench.ledger.standing.state == .current)
        #expect(try await bench.differences() == [])
        await bench.ledger.close()
    }
}
