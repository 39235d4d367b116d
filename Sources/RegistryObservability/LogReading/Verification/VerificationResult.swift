//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What a verification of logs found, and its verdict.
package struct VerificationResult {
    /// A row for each thing that was found.
    package let findings: ResultTable
    /// Whether there was something to verify, everything that is missing is explained, and nothing else is wrong; runs
    /// without an end left aside.
    package let isSound: Bool
    /// Runs that did not end in order, or whose last lines are gone.
    package let endless: Int
    /// Runs of the server of which there are entries.
    package let runs: Int
    private let lines: Int64
    private let entries: Int64

    /// What is told in one line.
    package var verdict: String {
        guard entries > 0 || !findings.rows.isEmpty else {
            return "there is nothing to verify" + (lines > 0 ? ": none of \(lines) lines has a number" : "")
        }
        let runsWithoutEnd = endless == 1 ? "end of 1 run" : "ends of \(endless) runs"
        let word = !isSound ? "NOT COMPLETE" : endless == 0 ? "complete" : "complete save for the \(runsWithoutEnd)"
        return "\(word): \(lines) lines, \(entries) numbered entries of \(runs) runs, \(findings.rows.count) findings"
    }

    init(
        logs: [(name: String, audit: SequenceAudit)],
        lines: Int64,
        entries: Int64,
        malformed: [String: Int64],
        torn: [String],
        damaged: [LogFileError],
        now: WallTime
    ) {
        let endless = logs.flatMap { $0.audit.endless(now) }
        self.endless = endless.count
        self.lines = lines
        self.entries = entries
        self.runs = logs.reduce(0) { $0 + $1.audit.runCount }
        self.isSound =
            entries > 0 && malformed.isEmpty && torn.isEmpty && damaged.isEmpty
            && logs.allSatisfy { log in
                log.audit.doubles.isEmpty && !log.audit.gaps.contains { $0.cause == .unexplained }
            }
        var table = ResultTable([
            .init("finding"), .init("epoch"), .init("first_seq", .count), .init("last_seq", .count),
            .init("count", .count), .init("cause"), .init("place"),
        ])
        for (_, audit) in logs {
            for gap in audit.gaps {
                table.add([
                    .text("missing"), .text(gap.epoch), .number(gap.range.lowerBound), .number(gap.range.upperBound),
                    .number(gap.range.upperBound - gap.range.lowerBound + 1), .text(gap.cause.text), .text(gap.place),
                ])
            }
        }
        for (_, audit) in logs {
            for loss in audit.losses {
                table.add([
                    .text("lost"), .text(loss.epoch), .none, .none, .number(loss.count), .text(loss.cause.text),
                    loss.sink.map { .text("sink \($0)") } ?? .none,
                ])
            }
        }
        for (name, audit) in logs {
            for double in audit.doubles {
                table.add([
                    .text("double"), .text(double.epoch), .number(double.first), .none, .number(double.count), .none,
                    .text(name),
                ])
            }
        }
        for run in endless {
            let last = run.last.map { "; last entry \($0.description)" } ?? ""
            table.add([
                .text("no end"), .text(run.epoch), .none, .number(run.lastNumber), .none,
                .text("killed, or its last lines are gone" + last), .text(run.place),
            ])
        }
        for (name, count) in malformed.sorted(by: { $0.key < $1.key }) {
            table.add([.text("malformed"), .none, .none, .none, .number(count), .text("no JSON object"), .text(name)])
        }
        for name in torn {
            table.add([
                .text("torn"), .none, .none, .none, .number(1), .text("the last line is not whole"), .text(name),
            ])
        }
        for error in damaged {
            table.add([.text("damaged"), .none, .none, .none, .none, .text(error.cause), .text(error.path)])
        }
        self.findings = table
    }
}
