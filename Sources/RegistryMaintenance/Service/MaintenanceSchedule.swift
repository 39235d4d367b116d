//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// When something that is done from time to time is due: at intervals, or once a day.
package struct MaintenanceSchedule: Sendable, Equatable {
    package var interval: Duration
    /// Minutes after midnight in UTC; nil for intervals.
    package var minuteOfDay: Int?

    package init(interval: Duration, minuteOfDay: Int? = nil) {
        self.interval = interval
        self.minuteOfDay = minuteOfDay
    }

    /// After a start nothing is due for a moment, so that what comes first is served.
    private static let grace: Int64 = 60_000_000
    private static let day: Int64 = 86_400_000_000

    /// Whether it is due.
    ///
    /// What was missed is caught up, once.
    /// - Parameters:
    ///   - last: when it was last begun; nil if it never was.
    ///   - started: when the server was started.
    package func isDue(at now: WallTime, last: WallTime?, started: WallTime) -> Bool {
        guard now.microseconds - started.microseconds >= Self.grace || last == nil && minuteOfDay == nil else {
            return false
        }
        guard let minuteOfDay else {
            guard let last else { return now.microseconds - started.microseconds >= Self.grace }
            return now.microseconds - last.microseconds >= interval.components.seconds * 1_000_000
        }
        let offset = Int64(minuteOfDay) * 60_000_000
        let midnight = now.microseconds - now.microseconds % Self.day
        let mark = midnight + offset <= now.microseconds ? midnight + offset : midnight + offset - Self.day
        // One that never was waits for the next mark.
        return (last ?? started).microseconds < mark
    }

    /// Time between two, in seconds.
    package var seconds: Int64 { minuteOfDay == nil ? interval.components.seconds : 86_400 }
}
