//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A file of users: a line each, `name:hash`, as htpasswd(1) writes it.
package struct PasswordFile: Sendable, Equatable {
    /// Hashes by name.
    package private(set) var users: [String: BcryptHash] = [:]
    /// What nobody can sign in by.
    package private(set) var ignored: [IgnoredEntry] = []

    /// Far above what any file of users has.
    static let maximumBytes = 8 << 20

    /// Reads the text of a file.
    ///
    /// Empty lines and those that begin with `#` are left out. A user who is there twice has the last password, as in
    /// distribution.
    /// - Throws: for a line that is no entry at all: the file is something else, or half written.
    package init(_ text: String) throws(AuthFileError) {
        for (index, entry) in Self.lines(of: text).enumerated() {
            guard !entry.isEmpty, entry.first != "#" else { continue }
            guard let colon = entry.firstIndex(of: ":"), colon != entry.startIndex else {
                throw AuthFileError("line \(index + 1): not of the form name:hash")
            }
            let (name, hash) = (String(entry[..<colon]), entry[entry.index(after: colon)...])
            do {
                let isKnown = users.updateValue(try BcryptHash(hash), forKey: name) != nil
                guard isKnown else { continue }
                ignored.append(
                    IgnoredEntry(line: index + 1, cause: "the user was given before, in a line without effect")
                )
            } catch {
                ignored.append(IgnoredEntry(line: index + 1, cause: error.description))
            }
        }
    }

    /// Lines without what ends them: a carriage return and a line feed are one character in Swift, and one end here.
    static func lines(of text: String) -> [Substring] {
        text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }

    /// The cost of the most hashes, which is what looking for somebody unknown costs too.
    var usualCost: Int {
        let counts = Dictionary(grouping: users.values, by: \.cost).mapValues(\.count)
        return counts.max { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? BcryptHash.defaultCost
    }
}

/// A line, or another entry, without effect.
package struct IgnoredEntry: Sendable, Equatable {
    /// From 1; nil where there are no lines.
    package let line: Int?
    package let cause: String
}
