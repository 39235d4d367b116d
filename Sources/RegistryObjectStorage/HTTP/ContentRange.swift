//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// `bytes 0-9/100` (RFC 9110 §14.4).
struct ContentRange: Sendable, Equatable {
    let range: Range<Int64>
    /// Of the whole.
    let size: Int64

    /// - Returns: nil for what is none, or does not tell both.
    init?(_ text: String) {
        guard text.hasPrefix("bytes ") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/")
        let ends = parts.first?.split(separator: "-") ?? []
        guard parts.count == 2, ends.count == 2, let first = Int64(ends[0]), let last = Int64(ends[1]),
            let size = Int64(parts[1]), 0 <= first, first <= last, last < size
        else { return nil }
        self.range = first..<last + 1
        self.size = size
    }
}
