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
    /// No file: standard input or the journal.
    let isStream: Bool

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

    /// Whether it may be growing.
    package var isBeingWritten: Bool { rank == nil && !isStream && !path.hasSuffix(".gz") }

    /// Finds the files that some paths mean, in the order in which they were written; each once, however it is spelled.
    /// - Parameter paths: of folders (all of their logs), of files, or patterns as the shell has them.
    /// - Throws: ``LogFileError`` if a path leads to nothing.
    package static func find(_ paths: [String]) throws(LogFileError) -> [LogSource] {
        var sources: [LogSource] = []
        for path in paths {
            sources += try files(path).map { LogSource(path: $0, named: canonical($0)) }
        }
        var names: Set<String> = []
        var files: [FileIdentity] = []
        sources.sort(by: isBefore)
        return sources.filter { source in
            if let file = try? FileIdentity.Facts(of: source.path).identity {
                guard !files.contains(file) else { return false }
                files.append(file)
            }
            // Between two steps of compression both forms are there, with the same lines; only the plain one is then
            // known to be whole.
            let name = canonical(source.path)
            return names.insert(name.hasSuffix(".gz") ? String(name.dropLast(3)) : name).inserted
        }
    }

    /// What names of logs in a folder end in, rotated and compressed ones too.
    private static let endings = [".jsonl", ".json", ".log", ".ndjson"]

    /// The one spelling of a path that all others of its folder lead to.
    private static func canonical(_ path: String) -> String {
        let name = LogFileName(path: path)
        guard let folder = realpath(name.folder, nil) else { return path }
        defer { free(folder) }
        return LogFileName(path: String(cString: folder) + "/").sibling(name.stem + name.suffix)
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
            let found = try match("\(path)/*").filter { name in
                let plain = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
                return endings.contains { LogSource(plain).log.hasSuffix($0) }
            }
            guard found.isEmpty else { return found }
            let names = "\(endings.joined(separator: ", ")), with .gz too, rotated or not"
            throw LogFileError(
                "find",
                path,
                cause: "there are no log files; looked for are names in \(names); another file can be named itself"
            )
        }
        let isPattern = path.contains { "*?[".contains($0) }
        guard isPattern else { throw LogFileError("open", path, errno: ENOENT) }
        let found = try match(path)
        guard !found.isEmpty else { throw LogFileError("find", path, cause: "no file has such a name") }
        return found
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
    static func stream(_ name: String) -> LogSource {
        LogSource(path: name, log: name, rank: nil, ended: nil, isStream: true)
    }

    private init(path: String, log: String, rank: Rank?, ended: WallTime?, isStream: Bool = false) {
        self.path = path
        self.log = log
        self.rank = rank
        self.ended = ended
        self.isStream = isStream
    }

    /// Understands the name of a file.
    init(_ path: String) { self.init(path: path, named: path) }

    /// - Parameters:
    ///   - path: how it was found.
    ///   - named: the same in another spelling, of which its log's path is made.
    private init(path: String, named: String) {
        let plain = named.hasSuffix(".gz") ? String(named.dropLast(3)) : named
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
        // logrotate's: NAME.SUFFIX.1, NAME.SUFFIX-20261124, or with `extension` NAME-20261124.SUFFIX.
        if words.count >= 2, !name.suffix.isEmpty, let date = words.last, Self.isDate(date) {
            let stem = words.dropLast().joined(separator: "-")
            self.init(path: path, log: name.sibling(stem + name.suffix), rank: .date(String(date)), ended: nil)
            return
        }
        let suffix = name.suffix.dropFirst()
        if !suffix.isEmpty, let number = Int(suffix), suffix.count < 6 {
            self.init(path: path, log: name.sibling(name.stem), rank: .countdown(-number), ended: nil)
        } else if let dash = plain.lastIndex(of: "-"), Self.isDate(plain[plain.index(after: dash)...]) {
            let date = String(plain[plain.index(after: dash)...])
            self.init(path: path, log: String(plain[..<dash]), rank: .date(date), ended: nil)
        } else {
            self.init(path: path, log: plain, rank: nil, ended: nil)
        }
    }

    /// `20261124`, or with more digits for the time.
    private static func isDate(_ text: Substring) -> Bool { text.count >= 8 && text.allSatisfy(\.isNumber) }
}
