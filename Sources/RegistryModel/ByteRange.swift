//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What a download asks for with `Range`.
///
/// Source: RFC 9110 §14. One range is served; several are answered with the whole content, as §14.2 allows.
package enum ByteRange: Sendable, Equatable {
    /// All of it: no usable `Range`.
    case whole
    /// These bytes, within the content.
    case part(Range<Int64>)
    /// None of the content, or not a range at all: 416.
    case unsatisfiable

    /// Reads a `Range` header against content of `size` bytes.
    package init(header: some StringProtocol, size: Int64) {
        let text = Self.trimmed(Array(header.utf8)[...])
        let unit = text.prefix { $0 != UInt8(ascii: "=") }
        guard String(decoding: unit, as: UTF8.self).lowercased() == "bytes" else {
            // Units that are not known are ignored; ours without its sign names no range.
            self = unit.count == text.count && header.lowercased().hasPrefix("bytes") ? .unsatisfiable : .whole
            return
        }
        let specification = Self.trimmed(text.dropFirst(unit.count + 1))
        if specification.contains(UInt8(ascii: ",")) {
            self = .whole
            return
        }
        let ends = specification.split(separator: UInt8(ascii: "-"), maxSplits: 1, omittingEmptySubsequences: false)
        guard ends.count == 2 else {
            self = .unsatisfiable
            return
        }
        self = Self.resolve(first: Bound(ends[0]), last: Bound(ends[1]), size: size)
    }

    /// Space and tab are allowed around a range, and not inside.
    private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        let start = text.firstIndex { !isSpace($0) } ?? text.endIndex
        let end = text.lastIndex { !isSpace($0) } ?? start - 1
        return text[start..<end + 1]
    }

    private static func resolve(first: Bound, last: Bound, size: Int64) -> ByteRange {
        switch (first, last) {
        case (.absent, .number(let suffix)) where suffix > 0 && size > 0:
            .part(max(0, size - suffix)..<size)
        case (.number(let first), .absent) where first < size:
            .part(first..<size)
        case (.number(let first), .number(let last)) where first <= last && first < size:
            .part(first..<min(last, size - 1) + 1)
        default:
            .unsatisfiable
        }
    }

    private enum Bound {
        case absent
        case number(Int64)
        case malformed

        /// Digits; a number beyond 64 bits means "beyond any end".
        init(_ digits: some Collection<UInt8>) {
            guard !digits.isEmpty else {
                self = .absent
                return
            }
            guard digits.allSatisfy(\.isDigit) else {
                self = .malformed
                return
            }
            self = .number(Int64(String(decoding: digits, as: UTF8.self)) ?? .max)
        }
    }
}
