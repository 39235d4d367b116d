//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryObservability

@Suite("Verifying logs")
struct LogVerificationTests {
    private let log: VerifiedFolder

    init() throws { self.log = try VerifiedFolder() }

    @Test func completeLogOfSeveralRunsIsSound() throws {
        try log.put(log.lines(1...10) + log.lines(1...3, epoch: "e2"), log.rotated(1))
        try log.put(log.lines(4...9, epoch: "e2"), log.rotated(2))
        try log.put(log.lines(10...11, epoch: "e2") + log.lines(1...2, epoch: "e3"), "a.jsonl")
        let verification = try log.verify()
        #expect(verification.isSound)
        #expect(verification.findings.isEmpty)
        #expect(verification.result.verdict == "complete: 23 lines, 23 numbered entries of 3 runs, 0 findings")
    }

    @Test func missingEntryWithoutACauseIsFound() throws {
        try log.put(log.lines(1...4) + log.lines(6...9), "a.jsonl")
        let verification = try log.verify()
        #expect(!verification.isSound)
        #expect(verification.findings == ["missing e1 5 5 unexplained"])
    }

    @Test func announcedLossIsExplainedAndNoMoreThanThat() throws {
        let dropped = #","event":"log_dropped","lost":3,"reason":"queue_full","first_seq":5,"last_seq":7"#
        try log.put(log.lines(1...4) + log.line(8, dropped) + log.lines(9...10), "a.jsonl")
        #expect(try log.findings() == ["missing e1 5 7 dropped: queue_full"])
        #expect(try log.verify().isSound)
        try log.put(log.lines(1...3) + log.line(9, dropped), "a.jsonl")
        #expect(
            try log.findings() == [
                "missing e1 4 4 unexplained", "missing e1 5 7 dropped: queue_full", "missing e1 8 8 unexplained",
            ]
        )
    }

    @Test func lossOfWhatNeverHadANumberIsTold() throws {
        func dropped(_ sink: String) -> String {
            #","event":"log_dropped","sink":"\#(sink)","lost":5000,"reason":"pipeline_full""#
        }
        try log.put(
            log.lines(1...4) + log.line(5, dropped("file")) + log.line(6, dropped("file"))
                + log.line(7, dropped("journald")),
            "a.jsonl"
        )
        let verification = try log.verify()
        #expect(verification.isSound)
        #expect(verification.findings == ["lost e1 - - dropped: pipeline_full", "lost e1 - - dropped: pipeline_full"])
        #expect(verification.result.verdict == "complete: 7 lines, 7 numbered entries of 1 runs, 2 findings")
    }

    @Test func removedFilesExplainWhatStoodInThem() throws {
        try log.put(log.lines(21...30), log.rotated(3))
        try log.put(log.lines(31...32), "a.jsonl")
        try log.put("0000000000000000003\n", ".a.jsonl.state")
        let verification = try log.verify()
        #expect(verification.findings == ["missing e1 1 20 rotation removed"])
        #expect(verification.isSound)
    }

    /// Retention removes the oldest files, and never one that has older ones before it.
    @Test func fileTakenOutOfTheMiddleIsNotExplained() throws {
        try log.put(log.lines(21...30), log.rotated(3))
        try log.put(log.lines(41...50), log.rotated(5))
        #expect(try log.findings() == ["missing e1 1 20 rotation removed", "missing e1 31 40 unexplained"])
        try log.put(log.lines(61...62), "a.jsonl")
        try log.put("0000000000000000006\n", ".a.jsonl.state")
        #expect(try log.findings().last == "missing e1 51 60 unexplained")
        // As the log told of it, it was no stranger.
        let removed = #","event":"log_removed","first_epoch":"e1","first_seq":31,"last_epoch":"e1","last_seq":60"#
        try log.put(log.lines(61...62) + log.line(63, removed), "a.jsonl")
        #expect(try log.verify().isSound)
    }

    @Test func removedFilesExplainNothingElse() throws {
        try log.put(log.lines(1...10), log.rotated(1))
        try log.put(log.lines(12...20), log.rotated(2))
        #expect(try log.findings() == ["missing e1 11 11 unexplained"])
        try log.put(log.lines(22...23), "a.jsonl")
        try log.put("0000000000000000002\n", ".a.jsonl.state")
        #expect(try log.findings().last == "missing e1 21 21 unexplained")
    }

    @Test func removedFilesExplainNoHoleInTheOldestThatIsLeft() throws {
        try log.put(log.lines(21...24) + log.lines(26...30) + log.lines(2...3, epoch: "e2"), log.rotated(3))
        #expect(
            try log.findings() == [
                "missing e1 1 20 rotation removed", "missing e1 25 25 unexplained", "missing e2 1 1 unexplained",
            ]
        )
    }

    @Test func toldRemovalExplainsALogOfWhichOnlyTheWrittenFileIsLeft() throws {
        let removed =
            #","event":"log_removed","first_epoch":"e0","first_seq":7,"last_epoch":"e1","last_seq":9"#
        try log.put(log.line(10) + log.line(11, removed) + log.line(12), "a.jsonl")
        #expect(try log.findings() == ["missing e1 1 9 rotation removed"])
        try log.put(log.line(11) + log.line(12, removed), "a.jsonl")
        #expect(try log.findings() == ["missing e1 1 9 rotation removed", "missing e1 10 10 unexplained"])
    }

    @Test func journalForgetsTheOldest() throws {
        try log.put(log.lines(5...9), "a.jsonl")
        #expect(try log.findings() == ["missing e1 1 4 unexplained"])
        func entries(_ range: ClosedRange<Int>, _ more: String = "") -> String {
            range.map { #"{"__CURSOR":"s","LOG_EPOCH":"e1","LOG_SEQ":"\#($0)"\#(more)}"# + "\n" }.joined()
        }
        try log.put(entries(5...9), "a.jsonl")
        #expect(try log.findings() == ["missing e1 1 4 evicted from the journal"])
        // Each namespace has forgotten as much as it had to.
        let other = entries(3...4, #","_NAMESPACE":"other""#).replacing("e1", with: "e2")
        try log.put(entries(5...9) + other, "a.jsonl")
        #expect(
            try log.findings() == [
                "missing e1 1 4 evicted from the journal", "missing e2 1 2 evicted from the journal",
            ]
        )
        #expect(try log.verify().isSound)
    }

    @Test func doublesAndTornLinesAreFound() throws {
        try log.put(log.lines(1...5) + log.lines(4...7) + log.line(2), log.rotated(1))
        try log.put(log.lines(8...9) + #"{"seq":10,"#, log.rotated(2))
        try log.put(
            log.lines(10...11) + #"{"seq":11,"epo{"seq":12}"# + "\n" + log.lines(12...12) + #"{"seq"#,
            "a.jsonl"
        )
        let verification = try log.verify()
        #expect(
            verification.findings == [
                "double e1 4 - -", "malformed - - - no JSON object", "torn - - - the last line is not whole",
            ]
        )
        #expect(!verification.isSound)
        // What is being written is not torn.
        #expect(verification.unfinished.count == 1)
    }

    @Test func lastLineOfWhatIsFinishedIsTornAndOneThatIsWholeCounts() throws {
        try log.put(gzip: log.lines(1...3) + #"{"seq":4,"#, "a.jsonl.gz")
        #expect(try log.findings() == ["torn - - - the last line is not whole"])
        try log.put(gzip: String(log.lines(1...4).dropLast()), "a.jsonl.gz")
        #expect(try log.verify().result.verdict.hasPrefix("complete: 4 lines, 4 numbered"))
        #expect(try log.verify().unfinished.isEmpty)
    }

    @Test func nothingIsNoCompleteLog() throws {
        try log.put("", "a.jsonl")
        #expect(try !log.verify().isSound)
        #expect(try log.verify().result.verdict == "there is nothing to verify")
    }

    /// A file that was moved aside, or that logrotate has named.
    @Test func filesUnderOtherNamesAreOneSequence() throws {
        let removed = #","event":"log_dropped","lost":1,"reason":"queue_full","first_seq":35,"last_seq":35"#
        try log.put(log.lines(21...30) + log.lines(1...2, epoch: "e2"), "a.jsonl")
        try log.put(log.lines(1...10), "moved.jsonl")
        #expect(try log.findings() == ["missing e1 11 20 unexplained"])
        try log.put(log.lines(11...20), "b.jsonl")
        #expect(try log.verify().result.verdict == "complete: 32 lines, 32 numbered entries of 2 runs, 0 findings")
        try log.put(log.lines(31...34) + log.line(36, removed), "a-20261130.jsonl")
        #expect(try log.verify().isSound)
        // Two sinks number for themselves.
        let other = try VerifiedFolder()
        try other.put(log.lines(1...30), "a.jsonl")
        try other.put(log.lines(1...20), "stdout.jsonl")
        #expect(try other.verify().isSound)
        func heartbeat(_ sink: String, _ number: Int64) -> String {
            log.line(number, #","event":"log_heartbeat","sink":"\#(sink)""#)
        }
        try other.put(log.lines(1...3) + heartbeat("file", 4), "a.jsonl")
        try other.put(log.lines(6...7) + heartbeat("stdout", 8), "stdout.jsonl")
        #expect(try other.findings() == ["missing e1 1 5 unexplained"])
    }

    @Test func lateEntriesFillTheirGap() throws {
        try log.put([1, 4, 3, 2, 5, 8, 7].map { log.line($0) }.joined(), "a.jsonl")
        #expect(try log.findings() == ["missing e1 6 6 unexplained"])
    }

    @Test func damagedFileIsTold() throws {
        var bytes = try VerifiedFolder.gzip(log.lines(1...100))
        bytes[bytes.count / 2] ^= 0x55
        try log.put(bytes: bytes, log.rotated(1) + ".gz")
        let verification = try log.verify()
        #expect(!verification.isSound)
        #expect(verification.findings.last?.hasPrefix("damaged") == true)
    }
}
