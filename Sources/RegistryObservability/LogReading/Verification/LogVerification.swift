//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
package import RegistryTelemetry

/// Whether logs are complete: no entry missing without a cause, none twice, no line torn, no run without an end.
package struct LogVerification {
    private var logs: [(name: String, audit: SequenceAudit)] = []
    /// Where in ``logs`` the log of a name is.
    private var positions: [String: Int] = [:]
    private var place = SequenceAudit.Place(name: "")
    private var source: LogSource?
    private let window: TimeWindow
    private let now: WallTime
    /// When the last line with a time was written: what has none is taken to be of that time.
    private var time: WallTime?

    /// Lines of the time of interest, whole or not, and numbered entries among them.
    private(set) package var lines: Int64 = 0
    private(set) package var entries: Int64 = 0
    /// Lines that are no JSON object, with the file of each first one.
    private var malformed: [String: Int64] = [:]
    /// Ends of files that are no whole line, save of the file being written.
    private var torn: [String] = []
    private var damaged: [LogFileError] = []
    /// The last line of a file that is being written has no end yet.
    private(set) package var unfinished: [String] = []
    /// Entries without `seq` and `epoch`.
    private(set) package var unnumbered: Int64 = 0

    /// - Parameters:
    ///   - window: what is wholly outside of it is not told; what is read must be chosen for an audit
    ///     (``LogReader/Choice``).
    ///   - now: since when a run that still goes on is silent.
    package init(_ window: TimeWindow = .always, now: WallTime = .now) {
        self.window = window
        self.now = now
    }

    /// Takes what was read.
    package mutating func take(_ item: LogReader.Item) {
        switch item {
        case .begin(let source): begin(source)
        case .line(let line): take(line)
        case .unfinished(let source):
            guard window.contains(time) else { return }
            lines += 1
            if source.isBeingWritten { unfinished.append(source.path) } else { torn.append(source.path) }
        case .damaged(_, let error): damaged.append(error)
        }
    }

    private mutating func begin(_ source: LogSource) {
        if self.source?.log != source.log { time = nil }
        self.source = source
        place = SequenceAudit.Place(name: source.path)
        // The oldest files are removed first: if one is there, those behind it are too.
        let isAfterRemoval = source.sequence.map { $0 > 1 } ?? (source.isBeingWritten && Self.lastSequence(source) > 0)
        if isAfterRemoval {
            place.opening = .rotationRemoved
        } else if source.isStream, window.since != nil {
            place.opening = .outsideWindow
        }
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
        let written = line.writingTime
        time = written ?? time
        let isCounted = window.contains(time)
        if isCounted { lines += 1 }
        guard line.object != nil else {
            if isCounted { malformed[place.name, default: 0] += 1 }
            return
        }
        guard let number = line.entryNumber, number.sequence > 0, number.sequence < .max else {
            if isCounted { unnumbered += 1 }
            return
        }
        if isCounted { entries += 1 }
        var place = place
        if line.isFromJournal, place.opening == nil { place.opening = .evicted }
        let position = position(ofLogOf: line)
        logs[position].audit.see(number, at: place, written)
        if !line.isRequest, let event = line.text(.event) { Self.note(event, line, number, &logs[position].audit) }
    }

    /// The log that a line belongs to; each namespace of the journal is one of its own.
    private mutating func position(ofLogOf line: LogLine) -> Int {
        let log = source?.log ?? ""
        let name = line.namespace.map { "\(log) \($0)" } ?? log
        if let position = positions[name] { return position }
        logs.append((name, SequenceAudit(window)))
        positions[name] = logs.count - 1
        return logs.count - 1
    }

    private static func note(_ event: String, _ line: LogLine, _ number: EntryNumber, _ audit: inout SequenceAudit) {
        if event.hasPrefix("server_") {
            audit.note(of: number.epoch) {
                $0.takesServerEvents = true
                if event == EventName.serverStopped.rawValue { $0.hasEnded = true }
            }
        }
        switch event {
        case EventName.logHeartbeat.rawValue: audit.note(of: number.epoch) { $0.sink = line.text(.sink) }
        case EventName.logDropped.rawValue:
            let cause = GapCause.dropped(line.text(.reason) ?? "reason unknown")
            if let first = line.number(.firstSequence), let last = line.number(.lastSequence), first <= last {
                audit.announce(first...last, of: number.epoch, cause: cause)
            } else if let count = line.number(.lost), count > 0 {
                audit.announceLoss(count, of: number.epoch, sink: line.text(.sink), cause: cause, at: line.writingTime)
            }
        case EventName.logRemoved.rawValue:
            guard let first = line.number(.firstSequence), let last = line.number(.lastSequence),
                let firstEpoch = line.text(.firstEpoch), let lastEpoch = line.text(.lastEpoch)
            else { return }
            audit.announceRemoval(
                from: EntryNumber(epoch: firstEpoch, sequence: first),
                to: EntryNumber(epoch: lastEpoch, sequence: last)
            )
        default: break
        }
    }

    // MARK: The result

    /// What was found, once everything was read.
    package var result: VerificationResult {
        VerificationResult(
            logs: joinedLogs,
            lines: lines,
            entries: entries,
            malformed: malformed,
            torn: torn,
            damaged: damaged,
            now: now
        )
    }

    /// The logs, those that are parts of one under two names made one.
    private var joinedLogs: [(name: String, audit: SequenceAudit)] {
        var result: [(name: String, audit: SequenceAudit)] = []
        for log in logs {
            var log = log
            var others: [(name: String, audit: SequenceAudit)] = []
            for other in result {
                if let both = other.audit.joined(with: log.audit) {
                    log = (other.name, both)
                } else {
                    others.append(other)
                }
            }
            result = others + [log]
        }
        return result
    }
}
