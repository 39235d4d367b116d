//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension Double {
    /// The number as Prometheus' Go client prints it, so that `le` values and dashboards on them stay the same.
    ///
    /// The fewest digits that read back as the same number; with an exponent of at least two digits from a million on,
    /// and below a ten-thousandth.
    func expositionText(_ format: ExpositionFormat) -> String {
        guard isFinite else { return isNaN ? "NaN" : self > 0 ? "+Inf" : "-Inf" }
        guard self != 0 else { return format == .text ? "0" : "0.0" }
        let (digits, exponent) = Self.decimal(magnitude)
        let sign = self < 0 ? "-" : ""
        if exponent < -4 || exponent >= 6 {
            let fraction = digits.count > 1 ? ".\(digits.dropFirst())" : ""
            let power = exponent.magnitude < 10 ? "0\(exponent.magnitude)" : "\(exponent.magnitude)"
            return "\(sign)\(digits.prefix(1))\(fraction)e\(exponent < 0 ? "-" : "+")\(power)"
        }
        if exponent < 0 { return "\(sign)0.\(String(repeating: "0", count: -exponent - 1))\(digits)" }
        let whole = digits.prefix(exponent + 1)
        let padding = String(repeating: "0", count: exponent + 1 - whole.count)
        let fraction = digits.dropFirst(exponent + 1)
        // OpenMetrics tells floats from integers by the point.
        let tail = !fraction.isEmpty ? ".\(fraction)" : format == .openMetrics ? ".0" : ""
        return "\(sign)\(whole)\(padding)\(tail)"
    }

    /// The shortest digits of a positive number, and the power of ten of the first of them.
    private static func decimal(_ number: Double) -> (digits: String, exponent: Int) {
        // The description is `12.5`, `0.005`, or `1.25e-07`: shortest digits already, in another layout.
        let parts = number.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let whole = mantissa[0]
        let all = mantissa.joined()
        let leadingZeros = all.prefix { $0 == "0" }.count
        var digits = all.dropFirst(leadingZeros)
        while digits.last == "0" { digits.removeLast() }
        let power = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        return (String(digits), whole.count - 1 - leadingZeros + power)
    }
}
