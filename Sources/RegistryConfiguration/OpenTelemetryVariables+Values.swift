//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How values of variables are read.
extension OpenTelemetryVariables {
    mutating func text(_ name: String) -> String? {
        read.insert(name)
        guard let value = environment[name], !value.isEmpty else { return nil }
        return value
    }

    mutating func first(_ name: String) -> (name: String, text: String)? {
        text(name).map { (name, $0) }
    }

    /// A variable of the exporter: the one for traces, or else the one for all signals.
    mutating func signal(_ suffix: String) -> (name: String, text: String)? {
        // The one for all signals is as good as used where the other wins over it.
        let common = first("OTEL_EXPORTER_OTLP_\(suffix)")
        return first("OTEL_EXPORTER_OTLP_TRACES_\(suffix)") ?? common
    }

    /// One of a few words, in whatever case.
    /// - Parameter rest: what holds if it is another.
    mutating func word(_ name: String, among words: [String], else rest: String? = nil) -> String? {
        guard let text = text(name) else { return nil }
        if words.contains(text.lowercased()) { return text.lowercased() }
        let rest = rest.map { "; \($0)" } ?? ""
        ignore(name, "must be one of \(words.joined(separator: ", ")), not \(text.quoted)\(rest)")
        return nil
    }

    /// Those members of a list that are among a few words, in whatever case.
    /// - Returns: nil if there is none, and then nothing follows from the variable.
    mutating func words(_ name: String, among words: [String]) -> [String]? {
        guard let text = text(name) else { return nil }
        let members = Self.list(text).filter { !$0.isEmpty }
        let known = members.map { $0.lowercased() }.filter(words.contains)
        let others = members.filter { !words.contains($0.lowercased()) }
        if !others.isEmpty {
            let rest = known.isEmpty ? "" : "; the others hold"
            let list = others.map(\.quoted).joined(separator: ", ")
            ignore(name, "takes \(words.joined(separator: ", ")), not \(list)\(rest)")
        }
        return known.isEmpty ? nil : known
    }

    mutating func milliseconds(_ text: String, _ name: String) -> Duration? {
        number(text, name).map { .milliseconds($0) }
    }

    mutating func number(_ text: String, _ name: String) -> Int? {
        if let number = Int(text), number > 0, number <= Int(Int32.max) { return number }
        ignore(name, "must be a whole number above 0, not \(text.quoted)")
        return nil
    }

    /// `key=value,key=value` in the form of W3C Baggage: values are percent-encoded.
    mutating func pairs(_ text: String, _ name: String) -> [(key: String, value: String)] {
        var pairs: [(key: String, value: String)] = []
        for member in Self.list(text) where !member.isEmpty {
            guard let sign = member.firstIndex(of: "="), sign != member.startIndex,
                let value = Self.percentDecoded(Self.trimmed(member[member.index(after: sign)...]))
            else {
                // What is there may be a secret.
                ignore(name, "must be key=value pairs with commas between")
                return []
            }
            pairs.append((Self.trimmed(member[..<sign]), value))
        }
        return pairs
    }

    static func list(_ text: String) -> [String] {
        text.split(separator: ",").map(trimmed)
    }

    private static func trimmed(_ text: some StringProtocol) -> String {
        let rest = text.drop { $0 == " " || $0 == "\t" }
        guard let last = rest.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return String(rest[...last])
    }

    private static func percentDecoded(_ text: String) -> String? {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
