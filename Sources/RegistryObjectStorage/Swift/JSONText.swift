//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// JSON that is sent: as text, in the order in which it was put together.
struct JSONText: Sendable, Equatable {
    let text: String

    static func string(_ value: String) -> JSONText {
        var text = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\u{0}"..<"\u{20}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        return JSONText(text: text + "\"")
    }

    static func optional(_ value: String?) -> JSONText? { value.map(string) }

    static func number(_ value: Int64) -> JSONText { JSONText(text: String(value)) }

    static func array(_ values: [JSONText]) -> JSONText {
        JSONText(text: "[" + values.map(\.text).joined(separator: ",") + "]")
    }

    /// - Parameter members: nil for one that is left out.
    static func object(_ members: [(String, JSONText?)]) -> JSONText {
        let present = members.compactMap { name, value in value.map { "\(string(name).text):\($0.text)" } }
        return JSONText(text: "{" + present.joined(separator: ",") + "}")
    }
}
