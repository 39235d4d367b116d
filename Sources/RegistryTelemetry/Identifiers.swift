//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// 16 bytes that name a request or a trace, written as 32 lower-case hexadecimal characters.
package struct WideID: Sendable, Hashable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package var description: String {
        String(unsafeUninitializedCapacity: 32) { buffer in
            writeHexadecimal(high, to: UnsafeMutableBufferPointer(rebasing: buffer[0..<16]))
            writeHexadecimal(low, to: UnsafeMutableBufferPointer(rebasing: buffer[16..<32]))
            return 32
        }
    }

    package var isZero: Bool { high == 0 && low == 0 }
}

/// Makes request ids: a random half that names this run of the server, and a counter.
///
/// Unique without a system call a request. They tell nobody anything but their order.
package final class RequestIDGenerator: Sendable {
    private let run: UInt64
    private let counter: Atomic<UInt64>

    package init() {
        var generator = SystemRandomNumberGenerator()
        self.run = generator.next()
        self.counter = Atomic(generator.next() >> 16)
    }

    package func next() -> WideID {
        WideID(high: run, low: counter.wrappingAdd(1, ordering: .relaxed).newValue)
    }
}

/// Random numbers for identifiers of traces: unique and evenly spread, without a system call each.
///
/// They are no secrets: whoever knows two of them may guess the next. Each run of the server begins at a random place.
package final class IdentifierSource: Sendable {
    private let state: Atomic<UInt64>

    package init() {
        var generator = SystemRandomNumberGenerator()
        self.state = Atomic(generator.next())
    }

    /// As a generator of the standard library's, for one user at a time.
    package var generator: Generator { Generator(source: self) }

    package struct Generator: RandomNumberGenerator {
        fileprivate let source: IdentifierSource

        package mutating func next() -> UInt64 {
            splitMix64(source.state.wrappingAdd(splitMix64Step, ordering: .relaxed).newValue)
        }
    }
}

/// What the state of SplitMix64 grows by for each number.
let splitMix64Step: UInt64 = 0x9e37_79b9_7f4a_7c15

/// The number that belongs to a state of SplitMix64 (Steele, Lea and Flood 2014).
func splitMix64(_ state: UInt64) -> UInt64 {
    var value = state
    value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
    return value ^ value >> 31
}

/// The 16 lower-case hexadecimal characters of a number.
/// - Parameter buffer: at least 16 bytes.
package func writeHexadecimal(_ value: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>) {
    for position in 0..<16 {
        let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * position)) & 0x0f
        buffer[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
