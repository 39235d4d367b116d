//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
package import RegistryTelemetry

/// Reads logs from wherever they are, line by line and in their order.
///
/// The memory it takes does not depend on how much there is to read.
package struct LogReader {
    private let input: Input
    private let since: WallTime?
    private let until: WallTime?

    /// Where logs come from.
    package enum Input: Sendable {
        case files([LogSource])
        case standardInput
        case journal(JournalQuery)
    }

    /// What is found.
    package enum Item {
        /// What follows is of this source.
        case begin(LogSource)
        /// A line within the bounds of time; lines without a time always are.
        case line(LogLine)
        /// The last line of a source has no end.
        case unfinished(LogSource, UnsafeBufferPointer<UInt8>)
        /// The rest of the source cannot be read.
        case damaged(LogSource, LogFileError)
    }

    /// - Parameters:
    ///   - since: lines before are left out.
    ///   - until: lines from then on are left out.
    package init(_ input: Input, since: WallTime? = nil, until: WallTime? = nil) {
        self.input = input
        self.since = since
        self.until = until
    }

    /// Reads everything.
    /// - Parameter body: gets the items; false ends the reading.
    /// - Throws: ``LogFileError`` if a source cannot be opened.
    package func read(_ body: (Item) -> Bool) throws(LogFileError) {
        switch input {
        case .files(let sources):
            for source in sources where !isTooOld(source) {
                guard try read(source, try open(source), body) else { return }
            }
        case .standardInput:
            let source = LogSource.stream("standard input")
            _ = try read(source, ContentReader(descriptor: dup(STDIN_FILENO), path: source.path), body)
        case .journal(let query):
            let source = LogSource.stream("journal")
            let journal = try query.start(since: since)
            let goesOn = try read(source, ContentReader(descriptor: journal.output, path: source.path), body)
            let status = journal.finish(killing: !goesOn)
            if goesOn, status != 0 { throw LogFileError("journalctl", source.path, cause: "it ended with \(status)") }
        }
    }

    /// Whether all lines of a file were written before the time of interest; its name and the file system must agree.
    private func isTooOld(_ source: LogSource) -> Bool {
        guard let since, let ended = source.ended, ended.microseconds < since.microseconds,
            let facts = try? FileIdentity.Facts(of: source.path)
        else { return false }
        return Int64(facts.modified.tv_sec + 1) * 1_000_000 < since.microseconds
    }

    /// In microseconds; nil where everything is wanted.
    private var window: GzipIndex.Window? {
        guard since != nil || until != nil else { return nil }
        let first = since?.microseconds ?? .min
        return first..<max(first, until?.microseconds ?? .max)
    }

    private func open(_ source: LogSource) throws(LogFileError) -> ContentReader {
        do throws(LogFileError) {
            return try ContentReader(path: source.path, window: window)
        } catch  where error.number == ENOENT && !source.path.hasSuffix(".gz") {
            // It was compressed meanwhile.
            return try ContentReader(path: source.path + ".gz", window: window)
        }
    }

    private func read(
        _ source: LogSource,
        _ content: ContentReader,
        _ body: (Item) -> Bool
    ) throws(LogFileError) -> Bool {
        guard body(.begin(source)) else { return false }
        var reader = LineReader(content)
        do throws(LogFileError) {
            while try reader.advance() {
                guard reader.isWhole else { return body(.unfinished(source, reader.line)) }
                guard take(reader.line, body) else { return false }
            }
        } catch {
            return body(.damaged(source, error))
        }
        return true
    }

    private func take(_ bytes: UnsafeBufferPointer<UInt8>, _ body: (Item) -> Bool) -> Bool {
        let outer = LogLine(bytes)
        if outer.object == nil, let line = CombinedLine(bytes) {
            return line.withLine { pass($0, body) }
        }
        guard outer.isJournal, let message = outer.object?.text("MESSAGE"), message.hasPrefix("{") else {
            return pass(outer, body)
        }
        // The journal's entry wraps a line of ours.
        var text = message
        return text.withUTF8 { inner in
            let line = LogLine(inner, isFromJournal: true)
            return pass(line.object == nil ? outer : line, body)
        }
    }

    private func pass(_ line: LogLine, _ body: (Item) -> Bool) -> Bool {
        if since != nil || until != nil, let time = line.time {
            if let since, time.microseconds < since.microseconds { return true }
            if let until, time.microseconds >= until.microseconds { return true }
        }
        return body(.line(line))
    }
}
