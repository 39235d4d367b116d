//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of a query string, in order.
///
/// They are never logged.
struct Query: Sendable {
    private let text: Substring

    /// - Parameter text: what follows the question mark; empty for none.
    init(_ text: Substring) { self.text = text }

    /// All values of a parameter.
    ///
    /// A value that cannot be decoded counts as given and empty.
    func all(_ name: String) -> [String] {
        guard !text.isEmpty else { return [] }
        return text.split(separator: "&").compactMap { item in
            let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = parts.first, PercentEncoding.decode(first) == name else { return nil }
            // In a query a plus stands for a space, which no parameter of the API has; base64url has none either.
            return parts.count == 2 ? PercentEncoding.decode(parts[1]) ?? "" : ""
        }
    }

    /// The names of all parameters, in their order.
    ///
    /// A name that cannot be decoded is there as it was written.
    var names: [String] {
        text.split(separator: "&").compactMap { item in
            item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).first
                .map { PercentEncoding.decode($0) ?? String($0) }
        }
    }

    /// The first value of a parameter; nil if it is not given.
    subscript(_ name: String) -> String? { all(name).first }
}
