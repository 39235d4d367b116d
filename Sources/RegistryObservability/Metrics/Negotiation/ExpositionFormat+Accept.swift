//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ExpositionFormat {
    /// Chooses the format by an `Accept` header (RFC 9110 §12.5.1).
    ///
    /// For each format the most specific range that it falls into tells how much it is wanted. Of two wanted as much,
    /// OpenMetrics is chosen by those who name it, and text by those who take anything. Who takes neither gets text.
    /// - Parameter accept: the header's value, nil or empty if there is none.
    package init(accept: String?) {
        let ranges = WeightedItem.list(accept)
        let openMetrics = Self.openMetrics.match(ranges)
        let text = Self.text.match(ranges)
        let isOpen =
            openMetrics.weight > text.weight
            || openMetrics.weight == text.weight && openMetrics.weight > 0 && openMetrics.specificity > 0
        self = isOpen ? .openMetrics : .text
    }

    private func match(_ ranges: [WeightedItem]) -> (weight: Int, specificity: Int) {
        var best = (weight: 0, specificity: -1)
        for range in ranges {
            guard let specificity = specificity(in: range), specificity > best.specificity else { continue }
            best = (range.weight, specificity)
        }
        return best
    }

    /// How closely a range describes this format; nil if it does not.
    private func specificity(in range: WeightedItem) -> Int? {
        switch range.name {
        case "*/*": return 0
        case "\(type)/*": return 1
        case "\(type)/\(subtype)":
            // How Prometheus 3 wants names escaped that need it; ours need none.
            let parameters = range.parameters.filter { $0.name != "escaping" }
            return parameters.allSatisfy { self.parameters.contains($0) } ? 2 + parameters.count : nil
        default: return nil
        }
    }

    private var type: String { self == .text ? "text" : "application" }
    private var subtype: String { self == .text ? "plain" : "openmetrics-text" }
    private var parameters: [WeightedItem.Parameter] {
        [.init("version", self == .text ? "0.0.4" : "1.0.0"), .init("charset", "utf-8")]
    }
}
