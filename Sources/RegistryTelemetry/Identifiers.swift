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

/// The 16 lower-case hexadecimal characters of a number.
/// - Parameter buffer: at least 16 bytes.
package func writeHexadecimal(_ value: UInt64, to buffer: UnsafeMutableBufferPointer<UInt8>) {
    for position in 0..<16 {
        let nibble = UInt8(truncatingIfNeeded: value >> UInt64(60 - 4 * position)) & 0x0f
        buffer[position] = nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
    }
}
