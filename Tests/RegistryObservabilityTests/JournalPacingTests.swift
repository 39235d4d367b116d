//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryObservability

@Suite("Waiting for room in the journal's socket")
struct JournalPacingTests {
    private func microseconds(_ wait: JournalPacing.Wait) throws -> UInt32 {
        guard case .sleep(let microseconds) = wait else {
            Issue.record("it polls")
            throw CancellationError()
        }
        return microseconds
    }

    /// Sends entries until there is no more room.
    private func send(_ count: Int, _ pacing: inout JournalPacing) -> JournalPacing.Wait {
        for _ in 0..<count { pacing.sent() }
        return pacing.full()
    }

    @Test("A journal that took nothing is waited for with poll")
    func stopped() {
        var pacing = JournalPacing()
        #expect(pacing.full() == .poll)
        #expect(send(10, &pacing) != .poll)
        #expect(pacing.full() == .poll)
    }

    @Test("While few entries find room the sleeps grow, up to an end")
    func slow() throws {
        var pacing = JournalPacing()
        let first = try microseconds(send(10, &pacing))
        #expect(try microseconds(send(1, &pacing)) == 2 * first)
        var last = first
        for _ in 0..<20 { last = try microseconds(send(1, &pacing)) }
        #expect(try microseconds(send(1, &pacing)) == last)
        #expect(last < 10_000)
    }

    @Test("Sleeps after which several found room stay as they are, and shrink when all did")
    func fast() throws {
        var pacing = JournalPacing()
        let shortest = try microseconds(send(10, &pacing))
        let longer = try microseconds(send(1, &pacing))
        #expect(try microseconds(send(5, &pacing)) == longer)
        #expect(try microseconds(send(10, &pacing)) == shortest)
        #expect(try microseconds(send(10, &pacing)) == shortest)
    }
}
