//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// JSON put together by hand: the documents are few and small, and must not cost an encoder each.
package struct JSONText: Sendable {
    package let text: String

    private init(text: String) { self.text = text }

    package static func string(_ value: String) -> JSONText { JSONText(text: value.jsonQuoted) }

    package static func number(_ value: Int64) -> JSONText { JSONText(text: String(value)) }

    package static func bool(_ value: Bool) -> JSONText { JSONText(text: String(value)) }

    package static func array(_ items: [JSONText]) -> JSONText {
        JSONText(text: "[" + items.map(\.text).joined(separator: ",") + "]")
    }

    /// Members in the order given; those without a value are left out.
    package static func object(_ members: [(String, JSONText?)]) -> JSONText {
        let members = members.compactMap { name, value in value.map { name.jsonQuoted + ":" + $0.text } }
        return JSONText(text: "{" + members.joined(separator: ",") + "}")
    }
}
