//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Bytes that look random and are the same in each run.
package struct PseudorandomBytes: RandomNumberGenerator {
    private var state: UInt64

    private init(seed: UInt64) { self.state = seed }

    /// - Parameter seed: different seeds give different bytes.
    package static func bytes(_ count: Int, seed: Int) -> [UInt8] {
        var generator = PseudorandomBytes(seed: UInt64(bitPattern: Int64(seed)) &* 0x9e37_79b9_7f4a_7c15 | 1)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            for position in stride(from: 0, to: count, by: 8) {
                let word = generator.next()
                withUnsafeBytes(of: word) { word in
                    for offset in 0..<min(8, count - position) {
                        buffer.initializeElement(at: position + offset, to: word[offset])
                    }
                }
            }
            initialized = count
        }
    }

    /// Marsaglia's xorshift with a multiplication at the end.
    package mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_f491_4f6c_dd1d
    }
}
