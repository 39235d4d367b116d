//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension String {
    /// As a field of CSV (RFC 4180): in quotes where it has a comma, a quote or the end of a line in it.
    package var csvField: String {
        let needsQuotes = utf8.withContiguousStorageIfAvailable { $0.contains { Self.isSpecial($0) } }
        guard needsQuotes ?? utf8.contains(where: { Self.isSpecial($0) }) else { return self }
        return "\"" + replacing("\"", with: "\"\"") + "\""
    }

    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == 0x22 || byte == 0x2c || byte == 0x0a || byte == 0x0d
    }

    /// With U+FFFD in the place of what is not seen: text of clients must not move the cursor of a terminal.
    package var visible: String {
        String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.isVisible ? $0 : "\u{fffd}" }))
    }
}

extension StringProtocol {
    /// An address without its query (RFC 3986, section 3.4), which may hold secrets.
    ///
    /// Cut by bytes: a question mark with an accent upon it is another character, and the query begins there all the same.
    /// To look at characters takes ten times as long, too.
    package var withoutQuery: SubSequence { self[..<(utf8.firstIndex(of: UInt8(ascii: "?")) ?? endIndex)] }
}

extension Unicode.Scalar.Properties {
    fileprivate var isVisible: Bool {
        switch generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
        default: true
        }
    }
}
