//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("Verifying that runs have an end")
struct LogVerificationEndTests {
    private let log: VerifiedFolder

    init() throws { self.log = try VerifiedFolder() }

    private func run(_ epoch: String, at second: Int64, isEnded: Bool) -> String {
        log.event("server_started", 1, epoch: epoch, at: second)
            + log.line(2, epoch: epoch, at: second + 1, lasting: 1)
            + (isEnded ? log.event("server_stopped", 3, epoch: epoch, at: second + 3) : "")
    }

    private func finding(_ epoch: String, _ second: Int64) -> String {
        "no end \(epoch) - 2 killed, or its last lines are gone; last entry \(VerifiedFolder.time(second).description)"
    }

    @Test func runThatWasKilledIsTold() throws {
        try log.put(run("e1", at: 10, isEnded: false) + run("e2", at: 20, isEnded: true), "a.jsonl")
        let verified = try log.verify()
        #expect(verified.findings == [finding("e1", 12)])
        #expect(verified.isSound)
        #expect(verified.result.endless == 1)
        #expect(
            verified.result.verdict
                == "complete save for the end of 1 run: 5 lines, 5 numbered entries of 2 runs, 1 findings"
        )
        #expect(try log.findings(since: 15).isEmpty)
        #expect(try log.findings(until: 12).isEmpty)
        #expect(try log.findings(until: 30) == [finding("e1", 12)])
    }

    /// Heartbeats come each minute.
    @Test func newestRunMayGoOnUnlessItIsSilent() throws {
        try log.put(run("e1", at: 10, isEnded: true) + run("e2", at: 20, isEnded: false), "a.jsonl")
        #expect(try log.findings(now: 200).isEmpty)
        #expect(try log.findings(now: 203) == [finding("e2", 22)])
        #expect(try log.findings(until: 300, now: 203).isEmpty)
        #expect(try log.verify(now: 200).result.verdict.hasPrefix("complete: "))
    }

    @Test func runsOfServersSideBySideAreNotEnded() throws {
        let lines = [
            log.event("server_started", 1, epoch: "e1", at: 10), log.event("server_started", 1, epoch: "e2", at: 20),
            log.line(2, epoch: "e1", at: 30, lasting: 0),
        ]
        try log.put(lines.joined(), "a.jsonl")
        #expect(try log.findings(now: 100).isEmpty)
    }

    @Test func logThatTakesNoEventsIsNotAccused() throws {
        let requests = (1...2).map { log.line($0, at: $0, lasting: 0) }.joined()
        try log.put(requests + requests.replacing("e1", with: "e2"), "a.jsonl")
        #expect(try log.verify().result.verdict.hasPrefix("complete: "))
        // The beginning of the first run is gone, but the second one shows that the log takes events.
        try log.put(requests + run("e2", at: 20, isEnded: true), log.rotated(2))
        #expect(try log.verify().result.endless == 0)
        try log.put(log.line(2, at: 2, lasting: 0) + run("e2", at: 20, isEnded: true), log.rotated(2))
        try log.put("", "a.jsonl")
        #expect(try log.findings().last == finding("e1", 2))
    }
}
