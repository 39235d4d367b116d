//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryObservability

@Suite("Verifying a time of logs")
struct LogVerificationWindowTests {
    private let log: VerifiedFolder

    init() throws { self.log = try VerifiedFolder() }

    /// Lines are in the order in which requests ended, and have the time at which they began.
    @Test func requestsThatSpanABoundAreNotMissing() throws {
        let lines = [
            log.line(1, at: 100, lasting: 0), log.line(2, at: 10, lasting: 100), log.line(3, at: 115, lasting: 0),
            log.line(4, at: 20, lasting: 100), log.line(5, at: 130, lasting: 0),
        ]
        try log.put(lines.joined(), "a.jsonl")
        for bound in stride(from: Int64(5), to: 135, by: 5) {
            #expect(try log.findings(since: bound).isEmpty)
            #expect(try log.findings(until: bound).isEmpty)
        }
        #expect(
            try log.verify(since: 112, until: 125).result.verdict.hasPrefix("complete: 2 lines, 2 numbered entries")
        )
    }

    @Test func onlyWhatMayLieInTheTimeIsTold() throws {
        let lines = ([1, 2, 3, 5, 6, 7, 9, 10] as [Int64]).map { log.line($0, at: $0 * 10, lasting: 1) }
        try log.put(lines.joined(), "a.jsonl")
        let (four, eight) = ("missing e1 4 4 unexplained", "missing e1 8 8 unexplained")
        #expect(try log.findings() == [four, eight])
        #expect(try log.findings(since: 45) == [four, eight])
        #expect(try log.findings(since: 60) == [eight])
        #expect(try log.findings(since: 60, until: 70).isEmpty)
        #expect(try log.findings(until: 35) == [four])
        #expect(try log.findings(until: 30).isEmpty)
        #expect(try log.findings(since: 95).isEmpty)
    }

    @Test func doublesAndTornLinesOfAnotherTimeAreNotTold() throws {
        let first = log.line(1, at: 10, lasting: 0) + "{\n" + log.line(1, at: 10, lasting: 0)
        try log.put(first + log.line(2, at: 100, lasting: 0) + "{", log.rotated(1))
        try log.put(log.line(3, at: 200, lasting: 0), "a.jsonl")
        #expect(try log.findings().count == 3)
        #expect(try log.findings(since: 50) == ["torn - - - the last line is not whole"])
        #expect(try log.findings(since: 150).isEmpty)
        #expect(try log.verify(since: 300).result.verdict == "there is nothing to verify")
    }

    @Test func streamHasNoBeginningButWhatBeganInItMustBeThere() {
        let lines = (5...9).map { log.line(Int64($0), at: Int64($0) * 10, lasting: 0) }.joined()
        #expect(log.verify(stream: lines, since: 20).findings == ["missing e1 1 4 before --since"])
        let other = log.line(2, epoch: "e2", at: 95, lasting: 0)
        #expect(!log.verify(stream: lines + other, since: 20).isSound)
        // Delivered out of a spill file.
        let late = log.line(2, epoch: "e0", at: 15, lasting: 0)
        #expect(log.verify(stream: lines + late, since: 20).isSound)
    }
}
