//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// When a log file is ended and the next one begun; whatever comes first.
package struct RotationPolicy: Sendable, Equatable {
    /// Bytes that a file has at most, unless one line alone is longer; nil is no limit.
    package var maximumBytes: Int64?
    /// How long after its beginning a file ends; nil is never.
    package var maximumAge: Duration?
    /// The mark of the clock on the wall at which a file ends; nil is none.
    package var mark: Mark?

    package init(maximumBytes: Int64? = 100 << 20, maximumAge: Duration? = nil, mark: Mark? = nil) {
        self.maximumBytes = maximumBytes
        self.maximumAge = maximumAge
        self.mark = mark
    }

    /// A mark on the clock, in UTC, so that no hour comes twice.
    package enum Mark: String, Sendable, CaseIterable {
        /// At minute 0.
        case hourly
        /// At midnight.
        case daily

        var microseconds: Int64 {
            switch self {
            case .hourly: 3_600_000_000
            case .daily: 86_400_000_000
            }
        }
    }
}

/// Why a file was ended.
package enum RotationReason: String, Sendable {
    case size, age, mark, command
}
