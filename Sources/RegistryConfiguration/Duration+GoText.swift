//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension Duration {
    /// Parses the form of durations that Go reads: `10s`, `1h30m`, `1.5h`, `500ms`, `0`.
    ///
    /// Exact to the nanosecond, within Go's range of 292 years. Gives nil for anything else.
    package init?(goText text: String) {
        var rest = text[...]
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") {
            rest.removeFirst()
        }
        guard rest != "0" else {
            self = .zero
            return
        }
        guard !rest.isEmpty else { return nil }
        var total: Int128 = 0
        while !rest.isEmpty {
            guard let part = Self.takeNanoseconds(from: &rest) else { return nil }
            total += part
            guard total <= Int128(Int64.max) else { return nil }
        }
        self = .nanoseconds(Int64(isNegative ? -total : total))
    }

    /// Takes one number and its unit off the front.
    private static func takeNanoseconds(from text: inout Substring) -> Int128? {
        let whole = text.prefix(while: \.isDecimalDigit)
        text = text.dropFirst(whole.count)
        var fraction: Substring = ""
        if text.first == "." {
            text.removeFirst()
            fraction = text.prefix(while: \.isDecimalDigit)
            text = text.dropFirst(fraction.count)
        }
        guard !(whole.isEmpty && fraction.isEmpty), whole.count <= 19 else { return nil }
        let unitName = text.prefix { !$0.isDecimalDigit && $0 != "." }
        guard let unit = nanosecondsPerUnit(unitName) else { return nil }
        text = text.dropFirst(unitName.count)
        // 15 decimals of an hour are finer than a nanosecond, and the product stays within 128 bits.
        let decimals = fraction.prefix(15)
        let scale = decimals.reduce(Int128(1)) { scale, _ in scale * 10 }
        return (Int128(whole) ?? 0) * unit + (Int128(decimals) ?? 0) * unit / scale
    }

    private static func nanosecondsPerUnit(_ name: Substring) -> Int128? {
        switch name {
        case "ns": 1
        case "us", "µs", "μs": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }
}

extension Character {
    fileprivate var isDecimalDigit: Bool {
        isASCII && isNumber
    }
}
