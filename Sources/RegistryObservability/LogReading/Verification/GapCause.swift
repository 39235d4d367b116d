//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Why entries are missing.
package enum GapCause: Sendable, Equatable {
    /// The log itself told of it, with the reason.
    case dropped(String)
    /// Retention, or somebody, removed rotated files.
    case rotationRemoved
    /// The journal keeps no more than its limits allow.
    case evicted
    /// Reading began later, as was asked for.
    case outsideWindow
    case unexplained

    package var text: String {
        switch self {
        case .dropped(let reason): "dropped: \(reason)"
        case .rotationRemoved: "rotation removed"
        case .evicted: "evicted from the journal"
        case .outsideWindow: "before --since"
        case .unexplained: "unexplained"
        }
    }
}
