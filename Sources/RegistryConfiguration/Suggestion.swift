//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Finds the key that was probably meant.
enum Suggestion {
    /// The candidate nearest to `word`: at most two slips away, one for words of up to three letters.
    static func nearest(to word: String, among candidates: [String]) -> String? {
        let letters = Array(word.lowercased().utf8)
        // A long key is no slip of a short one, and the comparison below takes a step for every pair of letters.
        guard letters.count <= 64 else { return nil }
        let limit = letters.count <= 3 ? 1 : 2
        let ranked = candidates.map { (candidate: $0, distance: distance(letters, Array($0.lowercased().utf8))) }
        let near = ranked.filter { $0.distance <= limit }
        return near.min { $0.distance < $1.distance }?.candidate
    }

    /// How many letters to add, drop, change or swap with their neighbour to get from one word to the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in left.indices {
            var current = [row + 1]
            for column in right.indices {
                let change = last[column] + (left[row] == right[column] ? 0 : 1)
                var best = min(change, last[column + 1] + 1, current[column] + 1)
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
