//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// Whether logs are complete: no entry missing without a cause, none twice, no line torn.
package struct LogVerification {
    private var logs: [(name: String, audit: SequenceAudit)] = []
    private var place = SequenceAudit.Place(name: "")
    private var previous: LogSource?
    private let hasWindow: Bool

    private(set) package var lines: Int64 = 0
    /// Lines that are no JSON object, with the file of each first one.
    private var malformed: [String: Int64] = [:]
    /// Ends of files that are no whole line, save of the file being written.
    private var torn: [String] = []
    private var damaged: [LogFileError] = []
    /// The last line of a file that is being written has no end yet.
    private(set) package var unfinished: [String] = []
    /// Entries without `seq` and `epoch`.
    private(set) package var unnumbered: Int64 = 0

    /// - Parameter hasWindow: reading does not begin with the first line.
    package init(hasWindow: Bool) { self.hasWindow = hasWindow }

    /// Takes what was read.
    package mutating func take(_ item: LogReader.Item) {
        switch item {
        case .begin(let source): begin(source)
        case .line(let line): take(line)
        case .unfinished(let source, let rest):
            lines += 1
            if source.rank == nil, !source.path.hasSuffix(".gz") {
                unfinished.append(source.path)
            } else if FlatObject(rest) != nil {
                take(LogLine(rest))
            } else {
                torn.append(source.path)
            }
        case .damaged(_, let error): damaged.append(error)
        }
    }

    private mutating func begin(_ source: LogSource) {
        let isSameLog = previous?.log == source.log
        if !isSameLog { logs.append((source.log, SequenceAudit())) }
        place = SequenceAudit.Place(name: source.path)
        let last = isSameLog ? previous?.sequence : nil
        if let sequence = source.sequence {
            place.isAfterRemoval = sequence > (last ?? 0) + 1
        } else if source.rank == nil {
            place.isAfterRemoval = Self.lastSequence(source) > (last ?? 0)
        }
        place.opening = hasWindow ? .outsideWindow : nil
        previous = source
    }

    /// The number of the newest rotated file, as the log's own state tells; 0 if there never was one.
    private static func lastSequence(_ source: LogSource) -> Int64 {
        guard let content = try? ContentReader(path: LogFileName(path: source.path).statePath) else { return 0 }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = bytes.withUnsafeMutableBufferPointer { (try? content.read(into: $0)) ?? 0 }
        let digits = bytes[..<count].prefix { $0 != .lineFeed }
        return Int64(String(decoding: digits, as: UTF8.self)) ?? 0
    }

    private mutating func take(_ line: LogLine) {
        lines += 1
        guard line.object != nil else {
            malformed[place.name, default: 0] += 1
            return
        }
        guard let number = line.entryNumber, number.sequence > 0, number.sequence < .max, !logs.isEmpty else {
            unnumbered += 1
            return
        }
        if line.isFromJournal, place.opening == nil { place.opening = .evicted }
        logs[logs.count - 1].audit.see(number, at: place)
        if line.has(.event, "log_dropped") {
            note(dropped: line, number)
        } else if line.has(.event, "log_removed"), let first = line.number(.firstSequence),
            let last = line.number(.lastSequence), let firstEpoch = line.text(.firstEpoch),
            let lastEpoch = line.text(.lastEpoch)
        {
            logs[logs.count - 1].audit.announceRemoval(
                from: EntryNumber(epoch: firstEpoch, sequence: first),
                to: EntryNumber(epoch: lastEpoch, sequence: last)
            )
        }
    }

    private mutating func note(dropped line: LogLine, _ number: EntryNumber) {
        guard let first = line.number(.firstSequence), let last = line.number(.lastSequence), first <= last else {
            return
        }
        logs[logs.count - 1].audit.announce(
            first...last,
            of: number.epoch,
            cause: .dropped(line.text(.reason) ?? "reason unknown")
        )
    }

    // MARK: The result

    package var entries: Int64 { logs.reduce(0) { $0 + $1.audit.entries } }

    package var runs: Int { logs.reduce(0) { $0 + $1.audit.runCount } }

    /// Whether everything that is missing is explained, and nothing else is wrong.
    package var isSound: Bool {
        malformed.isEmpty && torn.isEmpty && damaged.isEmpty
            && logs.allSatisfy { log in
                log.audit.doubles.isEmpty && !log.audit.gaps.contains { $0.cause == .unexplained }
            }
    }

    /// Everything that was found.
    package var findings: ResultTable {
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
        for (name, audit) in logs {
            for double in audit.doubles {
                table.add([
                    .text("double"), .text(double.epoch), .number(double.first), .none, .number(double.count), .none,
                    .text(name),
                ])
            }
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
        return table
    }
}
