//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// A page that is put together: markup comes from literals only, and all else is escaped.
struct HTMLText {
    private(set) var bytes: [UInt8] = []

    /// Markup of the program's own.
    mutating func markup(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Text from anywhere, between tags or in an attribute within quotes.
    ///
    /// What cannot be seen is shown as U+FFFD.
    mutating func text(_ text: String) {
        for scalar in Self.visible(text).unicodeScalars {
            switch scalar {
            case "<": markup("&lt;")
            case ">": markup("&gt;")
            case "&": markup("&amp;")
            case "\"": markup("&quot;")
            case "'": markup("&#39;")
            default: UTF8.encode(scalar).map { bytes.append(contentsOf: $0) }
            }
        }
    }

    mutating func number(_ number: Int64) { bytes.append(contentsOf: String(number).utf8) }

    mutating func number(_ number: Int) { self.number(Int64(number)) }

    /// A number with one decimal, as coordinates need it.
    mutating func coordinate(_ value: Double) {
        let tenths = Int64((value * 10).rounded())
        if tenths < 0 { markup("-") }
        number(abs(tenths) / 10)
        if tenths % 10 != 0 {
            markup(".")
            number(abs(tenths) % 10)
        }
    }

    /// A document of JSON within a `script` element, which no text in it can end.
    mutating func json(_ document: JSONText) {
        for byte in document.text.utf8 {
            switch byte {
            case UInt8(ascii: "<"): markup("\\u003c")
            case UInt8(ascii: ">"): markup("\\u003e")
            case UInt8(ascii: "&"): markup("\\u0026")
            default: bytes.append(byte)
            }
        }
    }

    /// The text with U+FFFD for what cannot be seen: a reader must not be led to take one name for another.
    static func visible(_ text: String) -> String {
        // Nearly all names are of such.
        guard !text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isVisible($0) ? $0 : "\u{fffd}" }))
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }
}
