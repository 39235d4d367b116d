//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll

/// A password hashed with bcrypt, as files of users have it: `$2y$`, the cost, 22 characters of salt, 31 of hash.
package struct BcryptHash: Sendable, Equatable, CustomStringConvertible {
    /// The work of a hash is two to the power of this; each step doubles it.
    package let cost: Int
    /// With `$2y$` in front: `$2a$` and `$2b$` name the same function, but the system's library adds a safeguard to the
    /// former that would tell some passwords apart from what other programs make of them.
    let text: String

    /// As it stands in a file of users.
    package var description: String { text }

    /// A cost at which one password takes about ten seconds; above, one client could occupy the server for long.
    package static let maximumCost = 17
    package static let defaultCost = 10
    /// What bcrypt takes in; it never looks at the bytes behind.
    package static let maximumPasswordBytes = 72
    /// What the system's library takes.
    private static let maximumInputBytes = 511

    /// Reads a hash.
    /// - Throws: what is wrong with it, in words that do not repeat it.
    package init(_ text: some StringProtocol) throws(AuthFileError) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 4, bytes[0] == UInt8(ascii: "$"), bytes[1] == UInt8(ascii: "2"),
            [UInt8(ascii: "a"), UInt8(ascii: "b"), UInt8(ascii: "y")].contains(bytes[2]), bytes[3] == UInt8(ascii: "$")
        else {
            throw AuthFileError("the password is \(Self.kind(of: text)); only bcrypt is taken")
        }
        guard bytes.count == 60, bytes[6] == UInt8(ascii: "$"), bytes[7...].allSatisfy(Self.isDigit),
            let cost = Int(String(decoding: bytes[4..<6], as: UTF8.self)), (4...31).contains(cost)
        else {
            throw AuthFileError("the bcrypt hash is damaged")
        }
        guard cost <= Self.maximumCost else {
            throw AuthFileError("the bcrypt hash has cost \(cost), and at most \(Self.maximumCost) is taken")
        }
        self.cost = cost
        self.text = "$2y$" + String(decoding: bytes[4...], as: UTF8.self)
    }

    private init(cost: Int, text: String) {
        self.cost = cost
        self.text = text
    }

    /// A hash that no password is known for, so that looking for somebody unknown takes as long as for anybody else.
    static func unknown(cost: Int) -> BcryptHash {
        let cost = min(max(cost, 4), maximumCost)
        let digits = cost < 10 ? "0\(cost)" : "\(cost)"
        return BcryptHash(cost: cost, text: "$2y$\(digits)$" + String(repeating: ".", count: 53))
    }

    /// Hashes a password, which takes tens of milliseconds and more.
    /// - Throws: for a password that is empty, longer than 72 bytes, or has a NUL in it.
    package static func make(_ password: some Collection<UInt8>, cost: Int = defaultCost) throws(AuthFileError)
        -> BcryptHash
    {
        guard !password.isEmpty else { throw AuthFileError("the password is empty") }
        guard password.count <= maximumPasswordBytes else {
            throw AuthFileError("bcrypt takes passwords of at most \(maximumPasswordBytes) bytes")
        }
        guard !password.contains(0) else { throw AuthFileError("the password has a NUL in it") }
        var setting = [CChar](repeating: 0, count: 30)
        guard plimsoll_bcrypt_setting(UInt32(cost), &setting) == 0, let text = hash(password, setting: setting) else {
            throw AuthFileError("the system's library cannot hash with bcrypt at cost \(cost)")
        }
        return BcryptHash(cost: cost, text: text)
    }

    /// Whether this is the hash of a password: blocks for as long as hashing takes.
    package func matches(_ password: some Collection<UInt8>) -> Bool {
        guard password.count <= Self.maximumInputBytes, !password.contains(0) else { return false }
        let setting = text.utf8.map { CChar(bitPattern: $0) } + [0]
        guard let found = Self.hash(password, setting: setting) else { return false }
        return plimsoll_are_equal(found, text, 60) == 1
    }

    private static func hash(_ password: some Collection<UInt8>, setting: [CChar]) -> String? {
        let password = password.map { CChar(bitPattern: $0) } + [0]
        var hash = [CChar](repeating: 0, count: 61)
        guard plimsoll_bcrypt(password, setting, &hash) == 0 else { return nil }
        return String(decoding: hash.prefix(60).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "."), UInt8(ascii: "/"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// What other hashes are called.
    private static func kind(of text: some StringProtocol) -> String {
        if text.hasPrefix("$apr1$") || text.hasPrefix("$1$") { return "hashed with MD5" }
        if text.hasPrefix("{SHA}") { return "hashed with SHA-1" }
        if text.hasPrefix("$5$") || text.hasPrefix("$6$") { return "hashed with SHA-2" }
        if text.hasPrefix("$y$") { return "hashed with yescrypt" }
        if text.hasPrefix("$2x$") { return "hashed with the broken bcrypt of $2x$" }
        return text.isEmpty ? "empty" : "not hashed, or with crypt(3)"
    }
}
