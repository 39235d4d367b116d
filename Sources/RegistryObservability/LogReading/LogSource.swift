//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// A file of a log, or a stream.
package struct LogSource: Sendable, Equatable {
    package let path: String
    /// The log that it belongs to: the path of the file that is written.
    let log: String
    /// The rank among the files of the log, lowest first; nil is the file that is written, which is last.
    let rank: Rank?
    /// When the file was rotated, where its name tells.
    let ended: WallTime?

    /// The place of a rotated file.
    enum Rank: Equatable, Comparable {
        /// logrotate with `dateext`.
        case date(String)
        /// logrotate: the higher the number, the older.
        case countdown(Int)
        /// Our own.
        case sequence(Int64)
    }

    /// Our own sequence number of a rotated file.
    var sequence: Int64? {
        if case .sequence(let sequence) = rank { sequence } else { nil }
    }

    /// Finds the files that some paths mean, in the order in which they were written.
    /// - Parameter paths: of folders (all of their logs), of files, or patterns as the shell has them.
    /// - Throws: ``LogFileError`` if a path leads to nothing.
    package static func find(_ paths: [String]) throws(LogFileError) -> [LogSource] {
        var sources: [LogSource] = []
        for path in paths {
            let found = try files(path)
            guard !found.isEmpty else { throw LogFileError("find", path, cause: "there are no log files") }
            sources += found.map(LogSource.init)
        }
        var seen: Set<String> = []
        sources.sort(by: isBefore)
        return sources.filter { source in
            // Between two steps of compression both forms are there, with the same lines; only the plain one is then
            // known to be whole.
            seen.insert(source.path.hasSuffix(".gz") ? String(source.path.dropLast(3)) : source.path).inserted
        }
    }

    private static func isBefore(_ left: LogSource, _ right: LogSource) -> Bool {
        guard left.log == right.log else { return left.log < right.log }
        switch (left.rank, right.rank) {
        case (let one?, let other?): return one == other ? left.path < right.path : one < other
        case (nil, .some): return false
        case (.some, nil): return true
        case (nil, nil): return left.path < right.path
        }
    }

    private static func files(_ path: String) throws(LogFileError) -> [String] {
        if let facts = try? FileIdentity.Facts(of: path) {
            guard facts.mode & S_IFMT == S_IFDIR else { return [path] }
            // Whatever is no log, such as our hidden state files, is left out.
            return try match("\(path)/*").filter { name in
                let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
                return [".jsonl", ".json", ".log", ".ndjson"].contains { LogSource(plain).log.hasSuffix($0) }
            }
        }
        let isPattern = path.contains { "*?[".contains($0) }
        guard isPattern else { throw LogFileError("open", path, errno: ENOENT) }
        return try match(path)
    }

    private static func match(_ pattern: String) throws(LogFileError) -> [String] {
        var names = glob_t()
        defer { globfree(&names) }
        guard glob(pattern, 0, nil, &names) == 0 else { return [] }
        return (0..<Int(names.gl_pathc)).compactMap { names.gl_pathv[$0].map { String(cString: $0) } }
            .filter { name in
                !name.hasSuffix(".tmp")
                    && (try? FileIdentity.Facts(of: name)).map { $0.mode & S_IFMT == S_IFREG } ?? false
            }
    }

    /// A stream that is no file.
    static func stream(_ name: String) -> LogSource { LogSource(path: name, log: name, rank: nil, ended: nil) }

    private init(path: String, log: String, rank: Rank?, ended: WallTime?) {
        self.path = path
        self.log = log
        self.rank = rank
        self.ended = ended
    }

    /// Understands the name of a file.
    init(_ path: String) {
        let plain = path.hasSuffix(".gz") ? String(path.dropLast(3)) : path
        let name = LogFileName(path: plain)
        // Ours: STEM-TIME-SEQUENCE.SUFFIX.
        let words = name.stem.split(separator: "-", omittingEmptySubsequences: false)
        if words.count >= 3, let rotated = RotatedName(words.suffix(2).joined(separator: "-")) {
            let stem = words.dropLast(2).joined(separator: "-")
            self.init(
                path: path,
                log: name.sibling(stem + name.suffix),
                rank: .sequence(rotated.sequence),
                ended: rotated.time
            )
            return
        }
        // logrotate's: NAME.SUFFIX.1 or NAME.SUFFIX-20261124.
        let suffix = name.suffix.dropFirst()
        if !suffix.isEmpty, let number = Int(suffix), suffix.count < 6 {
            self.init(path: path, log: name.sibling(name.stem), rank: .countdown(-number), ended: nil)
        } else if let dash = plain.lastIndex(of: "-"), plain[plain.index(after: dash)...].count >= 8,
            plain[plain.index(after: dash)...].allSatisfy(\.isNumber)
        {
            let date = String(plain[plain.index(after: dash)...])
            self.init(path: path, log: String(plain[..<dash]), rank: .date(date), ended: nil)
        } else {
            self.init(path: path, log: plain, rank: nil, ended: nil)
        }
    }
}
