//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The name of a repository, such as `library/alpine`.
///
/// Source: OCI distribution specification, "Pulling manifests":
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`, at most 255 characters.
/// The grammar has no `..`, no empty component and no leading `_`, so a name can stand in a path as it is.
package struct RepositoryName: Sendable, Hashable, CustomStringConvertible {
    package static let maximumLength = 255

    package let description: String

    /// Parses a name.
    /// - Throws: `NAME_INVALID`.
    package init(_ text: some StringProtocol) throws(RegistryError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw .nameInvalid("a repository name has at most \(Self.maximumLength) characters")
        }
        for component in text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard Self.isComponent(component) else {
                throw .nameInvalid(
                    "a repository name has components of a-z 0-9, joined inside by '.', '_', '__' or dashes, split by '/'"
                )
            }
        }
        self.description = String(text)
    }

    /// Alphanumeric runs with exactly one separator between two of them.
    private static func isComponent(_ bytes: some Collection<UInt8>) -> Bool {
        var separator: [UInt8] = []
        var sawAlphanumeric = false
        for byte in bytes {
            if byte.isLowerAlphanumeric {
                guard separator.isEmpty || isSeparator(separator) else { return false }
                separator.removeAll(keepingCapacity: true)
                sawAlphanumeric = true
            } else {
                guard sawAlphanumeric else { return false }
                separator.append(byte)
            }
        }
        return sawAlphanumeric && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        switch bytes.first {
        case UInt8(ascii: "."): bytes.count == 1
        case UInt8(ascii: "_"): bytes.count <= 2 && bytes.allSatisfy { $0 == UInt8(ascii: "_") }
        case UInt8(ascii: "-"): bytes.allSatisfy { $0 == UInt8(ascii: "-") }
        default: false
        }
    }
}

extension RepositoryName: Comparable {
    /// Exact byte order, the order of every listing.
    package static func < (lhs: Self, rhs: Self) -> Bool { byteOrder(lhs.description, rhs.description) }
}

/// Whether `lhs` comes before `rhs` in the order of their UTF-8 bytes.
package func byteOrder(_ lhs: some StringProtocol, _ rhs: some StringProtocol) -> Bool {
    lhs.utf8.lexicographicallyPrecedes(rhs.utf8)
}
