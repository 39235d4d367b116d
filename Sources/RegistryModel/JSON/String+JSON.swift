//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension StringProtocol {
    /// The text as a string of JSON (RFC 8259 §7), quotes included, for documents that are put together by hand.
    ///
    /// Whatever a terminal or a reader of YAML would take for something else is escaped as well, so YAML reads the same.
    /// The log, which writes many, has a way of its own (`TextBuffer.append(json:limit:)`).
    package var jsonQuoted: String {
        // Names and numbers, of which listings are full, have nothing to escape.
        let isPlain = utf8.withContiguousStorageIfAvailable { $0.allSatisfy { $0.isPlain } }
        guard !(isPlain ?? utf8.allSatisfy { $0.isPlain }) else { return "\"" + String(self) + "\"" }
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}", "\u{feff}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension UInt8 {
    /// Whether it stands for itself in a string of JSON: ASCII that can be seen, but for `"` and `\`.
    fileprivate var isPlain: Bool { self >= 0x20 && self < 0x7f && self != 0x22 && self != 0x5c }
}
