//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Numbers as people read them.
enum Quantity {
    /// Bytes in units of 1024, with three digits at least from KiB on: `1.23 GiB`, `45.6 MiB`, `789 KiB`.
    static func bytes(_ bytes: Int64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
        var (value, unit) = (Double(bytes), 0)
        while abs(value) >= 1023.5, unit < units.count - 1 {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return "\(bytes) B" }
        return "\(decimals(value, abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0)) \(units[unit])"
    }

    /// Digits in groups of three: `12,345`.
    static func count(_ count: Int64) -> String {
        let digits = Array(String(count.magnitude).utf8)
        var text: [UInt8] = count < 0 ? [UInt8(ascii: "-")] : []
        for (position, digit) in digits.enumerated() {
            if position > 0, (digits.count - position).isMultiple(of: 3) { text.append(UInt8(ascii: ",")) }
            text.append(digit)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// - Parameter count: of decimals, at most three.
    static func decimals(_ value: Double, _ count: Int) -> String {
        let scale = [1, 10, 100, 1000][count]
        let scaled = Int64((value * Double(scale)).rounded())
        let (whole, rest) = scaled.magnitude.quotientAndRemainder(dividingBy: UInt64(scale))
        let fraction = String(rest)
        let zeros = String(repeating: "0", count: max(count - fraction.count, 0))
        return (scaled < 0 ? "-" : "") + String(whole) + (count > 0 ? "." + zeros + fraction : "")
    }
}
