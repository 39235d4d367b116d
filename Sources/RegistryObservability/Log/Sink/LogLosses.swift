//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Entries that a sink has not got, by reason.
struct LogLosses: Equatable {
    private var counts = [Int](repeating: 0, count: LogDropReason.allCases.count)

    subscript(_ reason: LogDropReason) -> Int {
        get { counts[reason.position] }
        set { counts[reason.position] = newValue }
    }

    var isEmpty: Bool { counts.allSatisfy { $0 == 0 } }

    /// The reasons for which something was lost.
    var reasons: [LogDropReason] { LogDropReason.allCases.filter { self[$0] > 0 } }

    /// How many of them had a number.
    var numbered: Int { reasons.reduce(0) { $0 + ($1 == .pipelineFull ? 0 : self[$1]) } }

    static func += (left: inout LogLosses, right: LogLosses) {
        for reason in LogDropReason.allCases { left[reason] += right[reason] }
    }
}

extension LogDropReason {
    fileprivate var position: Int {
        switch self {
        case .pipelineFull: 0
        case .queueFull: 1
        case .writeFailed: 2
        case .spilled: 3
        case .auditLost: 4
        }
    }
}
