//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import Synchronization

/// What a file of users, keys or rules says, and says anew when the file changes.
///
/// What was read last holds until something better is read: a file that is gone, half written or wrong changes nothing.
package final class AuthFile<Content: Sendable>: AnyAuthFile {
    package let path: String
    private let maximumBytes: Int
    private let parse: @Sendable (String) throws(AuthFileError) -> Parsed
    private let onChange: @Sendable () -> Void
    private let state: Mutex<State>

    /// What was read.
    package struct Parsed: Sendable {
        package let content: Content
        /// How many users, keys or rules there are.
        package let count: Int
        /// What has no effect.
        package let ignored: [IgnoredEntry]

        package init(_ content: Content, count: Int, ignored: [IgnoredEntry] = []) {
            self.content = content
            self.count = count
            self.ignored = ignored
        }
    }

    private struct State {
        var parsed: Parsed
        var stamp: FileStamp?
        /// Whether what was there at the last look is no good.
        var isRejected = false
    }

    /// Reads the file for the first time, which blocks.
    /// - Parameters:
    ///   - parse: makes something of its text.
    ///   - onChange: called after each later change.
    /// - Throws: if there is no such file, or it is wrong.
    package init(
        path: String,
        maximumBytes: Int = 8 << 20,
        parse: @escaping @Sendable (String) throws(AuthFileError) -> Parsed,
        onChange: @escaping @Sendable () -> Void = {}
    ) throws(AuthFileError) {
        self.path = path
        self.maximumBytes = maximumBytes
        self.parse = parse
        self.onChange = onChange
        // Before the content, so that a change in between is seen.
        let stamp = FileStamp(path: path)
        let parsed = try parse(try Self.text(of: path, maximumBytes))
        self.state = Mutex(State(parsed: parsed, stamp: stamp))
    }

    /// What holds now.
    package var content: Content { state.withLock { $0.parsed.content } }

    package var ignored: [IgnoredEntry] { state.withLock { $0.parsed.ignored } }

    package var isRejected: Bool { state.withLock(\.isRejected) }

    package func refresh() -> Result<Int, AuthFileError>? {
        let stamp = FileStamp(path: path)
        let isSame = state.withLock { state in
            defer { state.stamp = stamp }
            return state.stamp == stamp
        }
        guard !isSame else { return nil }
        do throws(AuthFileError) {
            let parsed = try parse(try Self.text(of: path, maximumBytes))
            state.withLock { state in
                state.parsed = parsed
                state.isRejected = false
            }
            onChange()
            return .success(parsed.count)
        } catch {
            state.withLock { $0.isRejected = true }
            return .failure(error)
        }
    }

    static func text(of path: String, _ maximumBytes: Int) throws(AuthFileError) -> String {
        guard let file = fopen(path, "re") else { throw AuthFileError(String(cString: strerror(errno))) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            guard ferror(file) == 0 else { throw AuthFileError(String(cString: strerror(errno))) }
            bytes += piece[..<count]
            guard bytes.count <= maximumBytes else { throw AuthFileError("larger than \(maximumBytes) bytes") }
            if count < piece.count { break }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw AuthFileError("not UTF-8 text") }
        return text
    }
}

/// A file of whatever, as far as looking after it goes.
package protocol AnyAuthFile: Sendable {
    var path: String { get }
    /// Entries without effect, as of the last reading.
    var ignored: [IgnoredEntry] { get }
    /// Whether the file is no good as it is, so that what was read before stays in force.
    var isRejected: Bool { get }
    /// Reads the file again if it has changed, which blocks.
    /// - Returns: nil if it has not; else how many entries it has, or why what was read before stays in force.
    func refresh() -> Result<Int, AuthFileError>?
}
