//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObservability

@Suite("Verifying logs")
struct LogVerificationTests {
    private let folder: TemporaryFolder

    init() throws { self.folder = try TemporaryFolder() }

    private func line(_ sequence: Int64, epoch: String = "e1", _ more: String = "") -> String {
        #"{"seq":\#(sequence),"epoch":"\#(epoch)"\#(more)}"# + "\n"
    }

    private func lines(_ range: ClosedRange<Int64>, epoch: String = "e1") -> String {
        range.map { line($0, epoch: epoch) }.joined()
    }

    private func put(_ text: String, _ name: String) throws { try folder.write(Array(text.utf8), to: name) }

    private func rotated(_ sequence: Int) -> String { "a-20261124T000000.00000\(sequence)Z-00000\(sequence).jsonl" }

    private func verify(hasWindow: Bool = false) throws -> LogVerification {
        var verification = LogVerification(hasWindow: hasWindow)
        try LogReader(.files(try LogSource.find([folder.path]))).read {
            verification.take($0)
            return true
        }
        return verification
    }

    /// Findings as text: what, run, first, last, cause.
    private func findings(_ verification: LogVerification) -> [String] {
        verification.findings.rows.map { row in
            [0, 1, 2, 3, 5].map { column in
                switch row[column] {
                case .text(let text): text
                case .number(let number): "\(number)"
                case .none: "-"
                }
            }.joined(separator: " ")
        }
    }

    @Test func completeLogOfSeveralRunsIsSound() throws {
        try put(lines(1...10) + lines(1...3, epoch: "e2"), rotated(1))
        try put(lines(4...9, epoch: "e2"), rotated(2))
        try put(lines(10...11, epoch: "e2") + lines(1...2, epoch: "e3"), "a.jsonl")
        let verification = try verify()
        #expect(verification.isSound)
        #expect(findings(verification).isEmpty)
        #expect((verification.entries, verification.runs) == (23, 3))
    }

    @Test func missingEntryWithoutACauseIsFound() throws {
        try put(lines(1...4) + lines(6...9), "a.jsonl")
        let verification = try verify()
        #expect(!verification.isSound)
        #expect(findings(verification) == ["missing e1 5 5 unexplained"])
    }

    @Test func announcedLossIsExplainedAndNoMoreThanThat() throws {
        let dropped = #","event":"log_dropped","lost":3,"reason":"queue_full","first_seq":5,"last_seq":7"#
        try put(lines(1...4) + line(8, dropped) + lines(9...10), "a.jsonl")
        #expect(try findings(verify()) == ["missing e1 5 7 dropped: queue_full"])
        #expect(try verify().isSound)
        try put(lines(1...3) + line(9, dropped), "a.jsonl")
        #expect(
            try findings(verify()) == [
                "missing e1 4 4 unexplained", "missing e1 5 7 dropped: queue_full", "missing e1 8 8 unexplained",
            ]
        )
    }

    @Test func removedFilesExplainWhatStoodInThem() throws {
        try put(lines(21...30), rotated(3))
        try put(lines(41...50), rotated(5))
        try put(lines(51...52), "a.jsonl")
        try put("0000000000000000005\n", ".a.jsonl.state")
        let verification = try verify()
        #expect(findings(verification) == ["missing e1 1 20 rotation removed", "missing e1 31 40 rotation removed"])
        #expect(verification.isSound)
    }

    @Test func removedFilesExplainNothingElse() throws {
        try put(lines(1...10), rotated(1))
        try put(lines(12...20), rotated(2))
        #expect(try findings(verify()) == ["missing e1 11 11 unexplained"])
        try put(lines(22...23), "a.jsonl")
        try put("0000000000000000002\n", ".a.jsonl.state")
        #expect(try findings(verify()).last == "missing e1 21 21 unexplained")
        try put("0000000000000000003\n", ".a.jsonl.state")
        #expect(try findings(verify()).last == "missing e1 21 21 rotation removed")
    }

    @Test func toldRemovalExplainsALogOfWhichOnlyTheWrittenFileIsLeft() throws {
        let removed =
            #","event":"log_removed","first_epoch":"e0","first_seq":7,"last_epoch":"e1","last_seq":9"#
        try put(line(10) + line(11, removed) + line(12), "a.jsonl")
        #expect(try findings(verify()) == ["missing e1 1 9 rotation removed"])
        try put(line(11) + line(12, removed), "a.jsonl")
        #expect(try findings(verify()) == ["missing e1 1 9 rotation removed", "missing e1 10 10 unexplained"])
    }

    @Test func journalForgetsTheOldestAndAWindowHasNoBeginning() throws {
        try put(lines(5...9), "a.jsonl")
        #expect(try findings(verify(hasWindow: true)) == ["missing e1 1 4 before --since"])
        #expect(try findings(verify()) == ["missing e1 1 4 unexplained"])
        let entries = (5...9).map { #"{"__CURSOR":"s","LOG_EPOCH":"e1","LOG_SEQ":"\#($0)"}"# + "\n" }.joined()
        try put(entries, "a.jsonl")
        #expect(try findings(verify()) == ["missing e1 1 4 evicted from the journal"])
        // Of a run that began within what is read, the beginning must be there.
        try put(lines(5...9) + lines(2...3, epoch: "e2"), "a.jsonl")
        #expect(try !verify(hasWindow: true).isSound)
    }

    @Test func doublesAndTornLinesAreFound() throws {
        try put(lines(1...5) + lines(4...7) + line(2), rotated(1))
        try put(lines(8...9) + #"{"seq":10,"#, rotated(2))
        try put(lines(10...11) + #"{"seq":11,"epo{"seq":12}"# + "\n" + lines(12...12) + #"{"seq"#, "a.jsonl")
        let verification = try verify()
        #expect(
            findings(verification) == [
                "double e1 4 - -", "malformed - - - no JSON object", "torn - - - the last line is not whole",
            ]
        )
        #expect(!verification.isSound)
        // What is being written is not torn.
        #expect(verification.unfinished.count == 1)
    }

    @Test func lateEntriesFillTheirGap() throws {
        try put(line(1) + line(4) + line(3) + line(2) + line(5) + line(8) + line(7), "a.jsonl")
        #expect(try findings(verify()) == ["missing e1 6 6 unexplained"])
    }

    @Test func damagedFileIsTold() throws {
        var writer = try GzipWriter(level: 6)
        var bytes: [UInt8] = []
        try Array(lines(1...100).utf8).withUnsafeBufferPointer { input in
            try writer.member(input) { (part) throws(LogFileError) in bytes += part }
        }
        bytes[bytes.count / 2] ^= 0x55
        try folder.write(bytes, to: rotated(1) + ".gz")
        let verification = try verify()
        #expect(!verification.isSound)
        #expect(findings(verification).last?.hasPrefix("damaged") == true)
    }
}
