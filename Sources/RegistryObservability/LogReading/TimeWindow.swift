//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// A stretch of time that is of interest.
package struct TimeWindow: Sendable, Equatable {
    /// What is earlier is outside.
    package let since: WallTime?
    /// What is then or later is outside.
    package let until: WallTime?

    /// Everything.
    package static let always = TimeWindow(since: nil, until: nil)

    /// - Parameters:
    ///   - since: the first moment; nil for no bound.
    ///   - until: the first moment behind it; nil for no bound.
    package init(since: WallTime?, until: WallTime?) {
        self.since = since
        self.until = until
    }

    /// Whether a moment is inside; one that is not known is.
    func contains(_ time: WallTime?) -> Bool { touches(from: time, to: time) }

    /// Whether something that lies between two moments may be inside; a moment that is not known excludes nothing.
    func touches(from first: WallTime?, to last: WallTime?) -> Bool {
        if let since, let last, last.microseconds < since.microseconds { return false }
        if let until, let first, first.microseconds >= until.microseconds { return false }
        return true
    }
}
