//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The id of a trace or of a request, as somebody gives it who looks for it.
package struct TraceIdentifier: Sendable, Equatable, CustomStringConvertible {
    /// 32 hexadecimal digits in lower case.
    package let description: String

    /// Takes an id by itself, or the one of the trace out of a `traceparent` or `traceresponse`.
    /// - Returns: nil for what is no whole id: a part of one would find another, or nothing.
    package init?(_ text: String) {
        let parts = text.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        switch parts.map(\.utf8.count) {
        case [32]: self.init(digits: parts[0])
        case [2, 32, 16, 2]: self.init(digits: parts[1])
        default: return nil
        }
    }

    private init?(digits: Substring) {
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
        self.description = String(digits)
    }
}
