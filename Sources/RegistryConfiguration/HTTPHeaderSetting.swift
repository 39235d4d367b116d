//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A header that every answer carries.
package struct HTTPHeaderSetting: Sendable, Equatable {
    /// The name as it stands in the file; a token as HTTP has it.
    package var name: String
    /// The values, each for a header line of its own; without line breaks.
    package var values: [String]

    /// Creates a header.
    package init(name: String, values: [String]) {
        self.name = name
        self.values = values
    }
}

extension HTTPHeaderSetting {
    /// Reads one entry of the map `http.headers`.
    init(reading entry: ConfigurationNode.Entry, in http: SectionReader) {
        let key = "headers.\(entry.key.printable)"
        if !Self.isToken(entry.key) {
            http.report("\(entry.key.quoted) is no header name", at: key, origin: entry.keyOrigin)
        }
        guard case .list(let items) = entry.node.value else {
            http.report("must be a list of values, as in [nosniff]", at: key, origin: entry.node.origin)
            self.init(name: entry.key, values: [])
            return
        }
        let values = items.map { http.value(of: $0, at: key, default: "", Self.value) }
        self.init(name: entry.key, values: values)
    }

    private static func value(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> String {
        guard scalar.text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == UInt8(ascii: "\t") }) else {
            throw InvalidValue("a header's value must have no line breaks or control characters")
        }
        return scalar.text
    }

    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty
            && text.allSatisfy { character in
                character.isASCII && (character.isLetter || character.isNumber || "!#$%&'*+-.^_`|~".contains(character))
            }
    }
}
