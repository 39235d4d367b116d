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
    package init(_ text: some StringProtocol) throws(RegistryError) { try self.init(validating: String(text)) }

    /// Not generic, since other targets run generic code of this one slowly.
    private init(validating text: String) throws(RegistryError) {
        guard text.utf8.count <= Self.maximumLength else {
            throw .nameInvalid("a repository name has at most \(Self.maximumLength) characters")
        }
        guard Self.isName(text.utf8) else {
            throw .nameInvalid(
                "a repository name has components of a-z 0-9, joined inside by '.', '_', '__' or dashes, split by '/'"
            )
        }
        self.description = text
    }

    /// Components of alphanumeric runs with exactly one separator between two of them.
    private static func isName(_ bytes: String.UTF8View) -> Bool {
        var separator: UInt8 = 0
        /// Bytes of the separator since the last alphanumeric.
        var run = 0
        var sawAlphanumeric = false
        for byte in bytes {
            if byte.isLowerAlphanumeric {
                guard run == 0 || isSeparator(separator, run) else { return false }
                run = 0
                sawAlphanumeric = true
            } else if byte == UInt8(ascii: "/") {
                guard sawAlphanumeric, run == 0 else { return false }
                sawAlphanumeric = false
            } else {
                guard sawAlphanumeric, run == 0 || byte == separator else { return false }
                separator = byte
                run += 1
            }
        }
        return sawAlphanumeric && run == 0
    }

    private static func isSeparator(_ byte: UInt8, _ count: Int) -> Bool {
        switch byte {
        case UInt8(ascii: "."): count == 1
        case UInt8(ascii: "_"): count <= 2
        case UInt8(ascii: "-"): true
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
    // Byte by byte through the protocol, other targets would sort ten times slower.
    let isOrdered = lhs.utf8.withContiguousStorageIfAvailable { left in
        rhs.utf8.withContiguousStorageIfAvailable { left.lexicographicallyPrecedes($0) }
    }
    return (isOrdered ?? nil) ?? lhs.utf8.lexicographicallyPrecedes(rhs.utf8)
}
