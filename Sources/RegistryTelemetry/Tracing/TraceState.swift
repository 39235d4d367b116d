//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The `tracestate` of a caller: what other vendors' systems want carried along, which is nobody else's business.
///
/// Source: W3C Trace Context Level 2, "tracestate Header".
package enum TraceState {
    /// Members that a state may have.
    static let memberLimit = 32
    /// Bytes that a state may have; the specification asks for 512 at least.
    static let byteLimit = 2048

    /// The state as it came, if it is well-formed.
    /// - Parameter text: the header; several of them joined by commas.
    /// - Returns: nil for one that is empty, malformed or too long, which is to be thrown away whole.
    package static func checked(_ text: String) -> String? {
        guard text.utf8.count <= byteLimit else { return nil }
        var keys = Set<Substring>()
        for piece in text.split(separator: ",", omittingEmptySubsequences: false) {
            let member = trimmed(piece)
            if member.isEmpty { continue }
            guard let sign = member.utf8.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let key = member[..<sign]
            guard isKey(key), isValue(member[member.utf8.index(after: sign)...]), keys.insert(key).inserted,
                keys.count <= memberLimit
            else { return nil }
        }
        return keys.isEmpty ? nil : text
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        guard let first = text.utf8.firstIndex(where: { !isSpace($0) }),
            let last = text.utf8.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return text[first...last]
    }

    private static func isKey(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isLetterOrDigit(first) else { return false }
        return text.utf8.count <= 256 && text.utf8.allSatisfy { isLetterOrDigit($0) || "_-*/@".utf8.contains($0) }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    /// Printable characters but `,` and `=`, at most 256; spaces at the end belong to the list.
    private static func isValue(_ text: Substring) -> Bool {
        (1...256).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x20...0x7e).contains($0) && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "=")
            }
    }
}
