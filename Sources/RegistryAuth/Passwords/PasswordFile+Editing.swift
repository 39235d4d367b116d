//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension PasswordFile {
    /// Opens a file of users, which blocks.
    package static func open(_ path: String, onChange: @escaping @Sendable () -> Void = {}) throws(AuthFileError)
        -> AuthFile<PasswordFile>
    {
        try AuthFile(
            path: path,
            maximumBytes: maximumBytes,
            parse: { text throws(AuthFileError) in
                let file = try PasswordFile(text)
                return .init(file, count: file.users.count, ignored: file.ignored)
            },
            onChange: onChange
        )
    }

    /// The text of a file, which blocks.
    package static func text(of path: String) throws(AuthFileError) -> String {
        try AuthFile<PasswordFile>.text(of: path, maximumBytes)
    }

    /// Whether a password is that of a user, found out in a time that does not tell whether there is such a user.
    package func verify(_ user: String, _ password: [UInt8]) -> Bool {
        let known = users[user]
        let isRight = (known ?? .unknown(cost: usualCost)).matches(password)
        return isRight && known != nil
    }

    /// The text of a file with one user changed: all other lines stay, and end as on this system.
    /// - Parameter hash: nil to remove the user.
    /// - Throws: if the text is no file of users, or has no such user to remove.
    package static func setting(_ user: String, to hash: BcryptHash?, in text: String) throws(AuthFileError) -> String {
        _ = try PasswordFile(text)
        var lines = lines(of: text).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        let isTheirs = { (line: String) in line.hasPrefix(user + ":") }
        let place = lines.firstIndex(where: isTheirs)
        lines.removeAll(where: isTheirs)
        if let hash {
            lines.insert("\(user):\(hash.description)", at: place ?? lines.count)
        } else if place == nil {
            throw AuthFileError("there is no user \(user)")
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
