//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// An item of `Accept` or `Accept-Encoding`: a name, its parameters and how much it is wanted.
///
/// Source: RFC 9110 §12.4.2 (weights), §12.5.1 (media ranges), §5.6.6 (parameters).
struct WeightedItem: Equatable {
    /// In lower case.
    let name: String
    /// Those before the weight, names and values in lower case: none of ours cares for case.
    let parameters: [Parameter]
    /// In thousandths: 0 for not wanted at all, to 1000.
    let weight: Int

    struct Parameter: Equatable {
        let name: String
        let value: String

        init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// Reads a header; what is malformed in it is passed over.
    static func list(_ header: String?) -> [WeightedItem] {
        split(header ?? "", at: ",").compactMap { WeightedItem($0) }
    }

    private init?(_ text: String) {
        let parts = Self.split(text, at: ";").map(Self.trim)
        guard let name = parts.first, !name.isEmpty else { return nil }
        var parameters: [Parameter] = []
        var weight = 1000
        for part in parts.dropFirst() where !part.isEmpty {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard sides.count == 2 else { return nil }
            let key = Self.trim(sides[0]).lowercased()
            guard key != "q" else {
                guard let thousandths = Self.thousandths(Self.trim(sides[1])) else { return nil }
                // What follows a weight is about nothing that we have.
                weight = thousandths
                break
            }
            parameters.append(Parameter(key, Self.unquote(Self.trim(sides[1])).lowercased()))
        }
        self.name = name.lowercased()
        self.parameters = parameters
        self.weight = weight
    }

    /// `qvalue`: 0 or 1, and at most three digits after a point.
    private static func thousandths(_ text: String) -> Int? {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        guard parts[0] == "0" || parts[0] == "1", fraction.count <= 3, fraction.allSatisfy({ "0"..."9" ~= $0 }) else {
            return nil
        }
        let digits = Int(fraction + String(repeating: "0", count: 3 - fraction.count)) ?? 0
        return parts[0] == "0" ? digits : digits == 0 ? 1000 : nil
    }

    /// Splits at a separator that does not stand in quotes.
    private static func split(_ text: some StringProtocol, at separator: Character) -> [String] {
        var parts = [""]
        var isQuoted = false
        var isEscaped = false
        for character in text {
            if character == separator, !isQuoted {
                parts.append("")
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && isQuoted && !isEscaped
            parts[parts.count - 1].append(character)
        }
        return parts
    }

    private static func trim(_ text: some StringProtocol) -> String {
        let isSpace: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return String(String(text.drop(while: isSpace).reversed()).drop(while: isSpace).reversed())
    }

    private static func unquote(_ text: String) -> String {
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        var isEscaped = false
        return String(
            text.dropFirst().dropLast().filter { character in
                isEscaped = character == "\\" && !isEscaped
                return !isEscaped
            }
        )
    }
}
