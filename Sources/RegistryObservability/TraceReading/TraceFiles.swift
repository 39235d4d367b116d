//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A file of traces with all that it was rotated to.
package struct TraceFiles: Sendable {
    /// In the order in which they were written.
    private let paths: [String]

    /// - Parameter path: of the file that is written, or of one that was rotated.
    /// - Throws: ``LogFileError`` if there is none.
    package init(path: String) throws(LogFileError) {
        let folder = LogFolder(name: LogFileName(path: path))
        var paths = try folder.rotated().compactMap { entry in
            // Both are there between two steps of compression; only the plain one is then known to be whole.
            if entry.forms.contains(.plain) { return folder.path(entry.name, .plain) }
            return entry.forms.contains(.compressed) ? folder.path(entry.name, .compressed) : nil
        }
        if access(path, F_OK) == 0 { paths.append(path) }
        guard !paths.isEmpty else { throw LogFileError("open", path, errno: ENOENT) }
        self.paths = paths
    }

    /// Reads every trace, oldest first.
    /// - Parameters:
    ///   - word: what a line must have in it; nil for all lines.
    ///   - body: gets the spans of one line.
    /// - Throws: ``LogFileError`` if a file cannot be read.
    package func read(containing word: String? = nil, _ body: ([StoredSpan]) -> Void) throws(LogFileError) {
        let word = word.map { Array($0.utf8) }
        for path in paths {
            var reader: LineReader
            do throws(LogFileError) {
                reader = try LineReader(path: path)
            } catch  where error.number == ENOENT {
                // Compressed or removed meanwhile; what is gone cannot be shown.
                guard let compressed = try? LineReader(path: path + ".gz") else { continue }
                reader = compressed
            }
            while try reader.advance() {
                if let word, !Self.contains(reader.line, word) { continue }
                if let spans = StoredSpan.read(reader.line), !spans.isEmpty { body(spans) }
            }
        }
    }

    private static func contains(_ line: UnsafeBufferPointer<UInt8>, _ word: [UInt8]) -> Bool {
        guard let base = line.baseAddress, let first = word.first else { return word.isEmpty }
        var position = 0
        while line.count - position >= word.count,
            let found = memchr(base + position, Int32(first), line.count - position - word.count + 1)
        {
            position = base.distance(to: found.assumingMemoryBound(to: UInt8.self))
            if memcmp(base + position, word, word.count) == 0 { return true }
            position += 1
        }
        return false
    }

    /// All spans of a trace.
    /// - Parameter id: of the trace, or of one of its requests; then only that request is given.
    /// - Throws: ``LogFileError`` if a file cannot be read.
    package func trace(_ id: TraceIdentifier) throws(LogFileError) -> [StoredSpan] {
        let id = id.description
        var found: [StoredSpan] = []
        try read(containing: id) { spans in
            let isRequest = spans.contains { $0[.requestID] == id }
            found += spans.filter { isRequest || $0.traceID == id }
        }
        return found
    }
}
