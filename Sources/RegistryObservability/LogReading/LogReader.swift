//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// Reads logs from wherever they are, line by line and in their order.
///
/// The memory it takes does not depend on how much there is to read.
package struct LogReader {
    private let input: Input
    private let window: TimeWindow
    private let choice: Choice

    /// Where logs come from.
    package enum Input: Sendable {
        /// What ``LogSource/find(_:)`` makes of these.
        case paths([String])
        case standardInput
        case journal(JournalQuery)
    }

    /// What bounds of time choose.
    package enum Choice: Sendable {
        /// Lines by their `ts`; those without one always.
        case lines
        /// What an audit of that time needs.
        ///
        /// All lines of files and streams, which are not in the order of `ts`, and what the journal received then.
        case audit
    }

    /// What is found.
    package enum Item {
        /// What follows is of this source.
        case begin(LogSource)
        /// A line that was chosen.
        case line(LogLine)
        /// The last line of a source is not whole.
        case unfinished(LogSource)
        /// The rest of the source cannot be read.
        case damaged(LogSource, LogFileError)
    }

    /// - Parameters:
    ///   - window: the time of interest.
    ///   - choice: what of it.
    package init(_ input: Input, _ window: TimeWindow = .always, choosing choice: Choice = .lines) {
        self.input = input
        self.window = window
        self.choice = choice
    }

    /// Reads everything.
    /// - Parameter body: gets the items; false ends the reading.
    /// - Returns: how much of it is a log.
    /// - Throws: ``LogFileError`` if there is no source, or one cannot be opened or is compressed in a form that is not
    ///   read.
    @discardableResult
    package func read(_ body: (Item) -> Bool) throws(LogFileError) -> ReadingTally {
        var tally = ReadingTally()
        switch input {
        case .paths(let paths): try read(paths, &tally, body)
        case .standardInput:
            let source = LogSource.stream("standard input")
            _ = try read(source, ContentReader(descriptor: dup(STDIN_FILENO), path: source.path), &tally, body)
        case .journal(let query):
            let source = LogSource.stream("journal")
            // An entry is received after it happened: what is too old for the journal is too old for us, but what it
            // received later may be of the time.
            let times = TimeWindow(since: window.since, until: choice == .audit ? window.until : nil)
            let journal = try query.start(times)
            let content = ContentReader(descriptor: journal.output, path: source.path)
            let goesOn = try read(source, content, &tally, body)
            let status = journal.finish(killing: !goesOn)
            if goesOn, status != 0 { throw LogFileError("journalctl", source.path, cause: "it ended with \(status)") }
        }
        return tally
    }

    private func read(
        _ paths: [String],
        _ tally: inout ReadingTally,
        _ body: (Item) -> Bool
    ) throws(LogFileError) {
        // By log: the number of the last file that was rotated.
        var newest: [String: Int64] = [:]
        for source in try LogSource.find(paths) {
            if let sequence = source.sequence { newest[source.log] = sequence }
            guard !isTooOld(source) else {
                tally.passOver()
                continue
            }
            var content = try open(source)
            // What was rotated since the files were looked for stands between the last of them and the one that is
            // written now.
            while source.isBeingWritten {
                let last = newest[source.log] ?? 0
                // A file that was named itself may be compressed by now.
                let found = (try? LogSource.find(paths)) ?? []
                let missed = found.filter { $0.log == source.log && $0.sequence ?? 0 > last }
                if missed.isEmpty { break }
                for other in missed {
                    newest[source.log] = other.sequence
                    guard try read(other, try open(other), &tally, body) else { return }
                }
                content = try open(source)
            }
            guard try read(source, content, &tally, body) else { return }
        }
    }

    /// Whether all lines of a file were written before the time of interest; its name and the file system must agree.
    private func isTooOld(_ source: LogSource) -> Bool {
        guard choice == .lines, let since = window.since, let ended = source.ended,
            ended.microseconds < since.microseconds,
            let facts = try? FileIdentity.Facts(of: source.path)
        else { return false }
        return Int64(facts.modified.tv_sec + 1) * 1_000_000 < since.microseconds
    }

    /// In microseconds; nil where everything is wanted.
    private var members: GzipIndex.Window? {
        guard choice == .lines, window != .always else { return nil }
        let first = window.since?.microseconds ?? .min
        return first..<max(first, window.until?.microseconds ?? .max)
    }

    private func open(_ source: LogSource) throws(LogFileError) -> ContentReader {
        do throws(LogFileError) {
            return try ContentReader(path: source.path, window: members)
        } catch  where error.number == ENOENT && !source.path.hasSuffix(".gz") {
            // It was compressed meanwhile.
            return try ContentReader(path: source.path + ".gz", window: members)
        }
    }

    private func read(
        _ source: LogSource,
        _ content: ContentReader,
        _ tally: inout ReadingTally,
        _ body: (Item) -> Bool
    ) throws(LogFileError) -> Bool {
        guard body(.begin(source)) else { return false }
        var reader = LineReader(content)
        var isEmpty = true
        do throws(LogFileError) {
            while try reader.advance() {
                if isEmpty, let form = ForeignCompression(beginning: reader.line) {
                    throw LogFileError("read", source.path, cause: form.refusal)
                }
                isEmpty = false
                // Only the last line may lack its line feed.
                guard reader.isWhole || FlatObject(reader.line) != nil else {
                    if reader.line.first != UInt8(ascii: "{") { tally.addForeign(of: source) }
                    return body(.unfinished(source))
                }
                guard take(reader.line, of: source, &tally, body) else { return false }
            }
        } catch {
            // Nothing of it was taken: it is refused.
            if isEmpty, error.step == "read", error.number == 0 { throw error }
            return body(.damaged(source, error))
        }
        if isEmpty, members != nil { tally.passOver() }
        return true
    }

    private func take(
        _ bytes: UnsafeBufferPointer<UInt8>,
        of source: LogSource,
        _ tally: inout ReadingTally,
        _ body: (Item) -> Bool
    ) -> Bool {
        func pass(_ line: LogLine) -> Bool {
            tally.add(line, of: source)
            return choice == .audit || window == .always || window.contains(line.time) ? body(.line(line)) : true
        }
        let outer = LogLine(bytes)
        if outer.object == nil, let line = CombinedLine(bytes) {
            return line.withLine { pass($0) }
        }
        guard outer.isJournal, let message = outer.object?.text("MESSAGE"), message.hasPrefix("{") else {
            return pass(outer)
        }
        // The journal's entry wraps a line of ours.
        var text = message
        return text.withUTF8 { inner in
            let line = LogLine(inner, in: outer.object?.text("_NAMESPACE"))
            return pass(line.object == nil ? outer : line)
        }
    }
}
