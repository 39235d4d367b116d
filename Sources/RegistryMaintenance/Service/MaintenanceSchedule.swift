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

    /// When it is due: at the latest then if that has gone by, so that what was missed is caught up, once.
    /// - Parameters:
    ///   - last: when it was last begun; nil if it never was.
    ///   - started: when the server was started.
    package func due(last: WallTime?, started: WallTime) -> WallTime {
        let earliest = started.microseconds + Self.grace
        guard let minuteOfDay else {
            let next = last.map { $0.microseconds + interval.components.seconds * 1_000_000 }
            return WallTime(microseconds: max(earliest, next ?? earliest))
        }
        // The first mark after the last time; one that never was waits for the next mark.
        let (offset, from) = (Int64(minuteOfDay) * 60_000_000, (last ?? started).microseconds)
        let today = from - from % Self.day + offset
        return WallTime(microseconds: max(earliest, today > from ? today : today + Self.day))
    }

    /// Whether it is due.
    package func isDue(at now: WallTime, last: WallTime?, started: WallTime) -> Bool {
        now.microseconds >= due(last: last, started: started).microseconds
    }

    /// Time between two, in seconds.
    package var seconds: Int64 { minuteOfDay == nil ? interval.components.seconds : 86_400 }
}
