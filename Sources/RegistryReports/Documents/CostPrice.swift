//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A price as an exact decimal fraction.
package struct CostPrice: Sendable, Equatable {
    /// The price of a gigabyte (10⁹ bytes) for an hour, times 10⁹.
    package private(set) var billionths: Int64 = 0
    /// By ISO 4217; `XXX` is for no currency.
    package private(set) var currency = "XXX"

    package init() {}

    /// - Parameters:
    ///   - text: digits, with at most nine behind a point; nil for no price.
    ///   - currency: three capital letters.
    package init(_ text: String?, currency: String?) throws(ReportFailure) {
        if let currency {
            guard currency.utf8.count == 3, currency.utf8.allSatisfy({ (65...90).contains($0) }) else {
                throw ReportFailure(.invalid, "currency: \(currency) is not of three capital letters, such as EUR")
            }
            self.currency = currency
        }
        guard let text else { return }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : ""
        let digits = parts[0] + fraction + String(repeating: "0", count: max(0, 9 - fraction.utf8.count))
        guard (1...2).contains(parts.count), !parts[0].isEmpty, fraction.utf8.count <= 9, digits.utf8.count <= 15,
            digits.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int64(digits)
        else { throw ReportFailure(.invalid, "price: \(text) is no price such as 0.000032, of at most nine decimals") }
        billionths = value
    }
}
