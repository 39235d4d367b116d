//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Keeps work below a number of bytes a second.
struct Pace {
    private let bytesPerSecond: Int64?
    private var earliest: MonotonicTime?

    /// - Parameter bytesPerSecond: nil is no limit.
    init(bytesPerSecond: Int64?) { self.bytesPerSecond = bytesPerSecond }

    /// How long to wait now that so many bytes are done.
    mutating func wait(after bytes: Int, at now: MonotonicTime) -> Duration {
        guard let bytesPerSecond, bytesPerSecond > 0 else { return .zero }
        let cost = Duration.microseconds(Int64(bytes) * 1_000_000 / bytesPerSecond)
        let next = max(earliest ?? now, now) + cost
        earliest = next
        return next - now
    }
}
