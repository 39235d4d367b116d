//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// What tells of events: `source` of each.
package struct EventSource: Sendable, Equatable {
    /// `host:port` of the server, as distribution has it.
    package var address: String
    /// Names this run of the server; a UUID.
    package var instance: String

    package init(address: String, instance: String = EventID.make()) {
        self.address = address
        self.instance = instance
    }

    /// The name of this machine; empty if it has none.
    package static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// Names of events.
package enum EventID {
    /// A UUID that begins with the time (RFC 9562 §5.7), so that events lie in the outbox's index as they came; the rest is random.
    package static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let time = UInt64(WallTime.now.microseconds / 1000)
        let high = time << 16 | generator.next() & 0x0fff | 0x7000
        let low = generator.next() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for place in 0..<32 {
                if place == 8 || place == 12 || place == 16 || place == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let half = place < 16 ? high : low
                let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (place % 16))) & 0xf
                buffer[position] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
                position += 1
            }
            return position
        }
    }
}
