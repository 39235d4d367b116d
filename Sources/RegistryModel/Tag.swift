//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A tag: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
///
/// Source: OCI distribution specification, "Pulling manifests".
package struct Tag: Sendable, Hashable, CustomStringConvertible {
    package static let maximumLength = 128

    package let description: String

    /// Parses a tag.
    /// - Throws: `TAG_INVALID`.
    package init(_ text: some StringProtocol) throws(RegistryError) { try self.init(validating: String(text)) }

    /// Not generic, since other targets run generic code of this one slowly.
    fileprivate init(validating text: String) throws(RegistryError) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else {
            throw .tagInvalid("a tag has 1 to \(Self.maximumLength) characters")
        }
        for (position, byte) in text.utf8.enumerated() {
            let inside = byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            guard byte.isAlphanumeric || byte == UInt8(ascii: "_") || (inside && position > 0) else {
                throw .tagInvalid("a tag has letters, digits, '_', '.' and '-', and starts with none of the last two")
            }
        }
        self.description = text
    }
}

/// What a manifest is asked for by.
package enum Reference: Sendable, Hashable, CustomStringConvertible {
    case tag(Tag)
    case digest(Digest)

    /// Parses a reference: what has a colon is a digest, all else is a tag.
    /// - Throws: `DIGEST_INVALID` or `TAG_INVALID`.
    package init(_ text: some StringProtocol) throws(RegistryError) { try self.init(validating: String(text)) }

    private init(validating text: String) throws(RegistryError) {
        self = text.utf8.contains(UInt8(ascii: ":")) ? .digest(try Digest(text)) : .tag(try Tag(validating: text))
    }

    /// Nil for a digest.
    package var tag: Tag? {
        if case .tag(let tag) = self { tag } else { nil }
    }

    package var description: String {
        switch self {
        case .tag(let tag): tag.description
        case .digest(let digest): digest.description
        }
    }
}
