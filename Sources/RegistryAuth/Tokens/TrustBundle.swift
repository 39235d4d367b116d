//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel

/// Whom tokens may be signed by: certificates and public keys in PEM form (RFC 7468), as `auth.token.rootcertbundle`
/// names a file of them.
package struct TrustBundle: Sendable {
    /// Chains of certificates in tokens must lead to one of these.
    private(set) var roots: [Certificate] = []
    /// Keys by the names that tokens call them by: the bundle has none.
    private(set) var keys: [String: VerificationKey] = [:]
    private static let maximumEntries = 1000

    /// Reads a bundle.
    /// - Throws: for what is no certificate or public key; text between the entries is left out.
    package init(_ text: String) throws(AuthFileError) {
        var entry: (line: Int, label: Substring, content: [UInt8])?
        var count = 0
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            if let label = Self.label(of: line, "BEGIN") {
                guard entry == nil else { throw AuthFileError("line \(index + 1): BEGIN within an entry") }
                entry = (index + 1, label, [])
            } else if let label = Self.label(of: line, "END") {
                guard let open = entry, open.label == label else {
                    throw AuthFileError("line \(index + 1): END without BEGIN")
                }
                entry = nil
                count += 1
                try add(open.label, open.content, line: open.line)
            } else if entry != nil {
                entry?.content += line.utf8.filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\t") }
            }
        }
        if let entry { throw AuthFileError("line \(entry.line): BEGIN without END") }
        guard (1...Self.maximumEntries).contains(count) else {
            throw AuthFileError(count == 0 ? "has no certificate and no public key" : "more than 1000 entries")
        }
    }

    private static func label(of line: Substring, _ kind: String) -> Substring? {
        guard line.hasPrefix("-----\(kind) "), line.hasSuffix("-----"), line.utf8.count > kind.utf8.count + 11 else {
            return nil
        }
        return line.dropFirst(kind.count + 6).dropLast(5)
    }

    private mutating func add(_ label: Substring, _ content: [UInt8], line: Int) throws(AuthFileError) {
        guard let der = Base64.decode(content, .standard) else { throw AuthFileError("line \(line): not base64") }
        let key: VerificationKey
        do {
            switch label {
            case "CERTIFICATE":
                guard let certificate = Certificate(der: der) else { throw AuthFileError("not a certificate") }
                roots.append(certificate)
                key = try certificate.key()
            case "PUBLIC KEY":
                key = try VerificationKey(plimsoll_spki_key(der, der.count))
            default:
                throw AuthFileError("\(label) is neither CERTIFICATE nor PUBLIC KEY")
            }
        } catch {
            throw AuthFileError("line \(line): \(error)")
        }
        for name in key.fingerprints { keys[name] = key }
    }
}
