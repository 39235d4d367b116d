//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What an expression of PromQL refers to, as far as the contract tests ask.
struct Expression {
    let text: String

    /// A name with the matchers behind it.
    struct Selector: Hashable {
        let metric: String
        /// As written, with braces; empty if there are none.
        let matchers: String

        /// The family that a sample's name belongs to.
        var family: String {
            for suffix in ["_bucket", "_sum", "_count"] where metric.hasSuffix(suffix) {
                return String(metric.dropLast(suffix.count))
            }
            return metric
        }
    }

    /// Of everything that a server or a rule of ours makes.
    var selectors: [Selector] {
        text.matches(
            of:
                /\b((?:registry|process|scrape|target|job|instance)[a-z0-9_]*_[a-z0-9_:]+|up|job:[a-z0-9_:]+|instance:[a-z0-9_:]+)\b(\{[^}]*\})?/
        )
        .map { Selector(metric: String($0.1), matchers: $0.2.map(String.init) ?? "") }
    }

    /// The labels that it groups or joins by, save for those that every series has.
    var groupingLabels: Set<String> {
        let lists = text.matches(of: /\b(?:by|on|ignoring)\s*\(([^)]*)\)/).map { $0.1 }
        let labels = lists.flatMap { $0.split(separator: ",") }.map { $0.trimmingPrefix(while: \.isWhitespace) }
        return Set(labels.map { String($0.prefix { !$0.isWhitespace }) }).subtracting(["job", "instance", "le", ""])
    }
}
