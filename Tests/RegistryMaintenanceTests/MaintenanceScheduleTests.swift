//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryMaintenance

@Suite("When maintenance is due")
struct MaintenanceScheduleTests {
    private static let hour: Int64 = 3_600_000_000
    private static let day = 24 * hour
    /// A midnight.
    private static let start = 20_000 * day

    private static func time(_ offset: Int64) -> WallTime { WallTime(microseconds: start + offset) }

    @Test("is told by the interval since the last, also over a restart, and not at once after a start")
    func interval() {
        let schedule = MaintenanceSchedule(interval: .seconds(3600))
        let started = Self.time(0)
        #expect(!schedule.isDue(at: Self.time(1), last: nil, started: started))
        #expect(schedule.isDue(at: Self.time(60_000_000), last: nil, started: started))
        #expect(!schedule.isDue(at: Self.time(60_000_000), last: Self.time(-Self.hour / 2), started: started))
        #expect(schedule.isDue(at: Self.time(60_000_000), last: Self.time(-2 * Self.hour), started: started))
        #expect(schedule.isDue(at: Self.time(Self.hour / 2), last: Self.time(-Self.hour / 2), started: started))
        #expect(schedule.seconds == 3600)
    }

    @Test("is told by the time of day, and what was missed is caught up once")
    func daily() {
        let schedule = MaintenanceSchedule(interval: .seconds(1), minuteOfDay: 3 * 60 + 30)
        let mark = 3 * Self.hour + Self.hour / 2
        let started = Self.time(-10 * Self.hour)
        #expect(!schedule.isDue(at: Self.time(mark - 1), last: Self.time(mark - Self.day), started: started))
        #expect(schedule.isDue(at: Self.time(mark), last: Self.time(mark - Self.day), started: started))
        #expect(!schedule.isDue(at: Self.time(mark + Self.hour), last: Self.time(mark + 5), started: started))
        // Down at the mark.
        let late = Self.time(mark + Self.hour)
        #expect(schedule.isDue(at: Self.time(mark + 2 * Self.hour), last: Self.time(mark - Self.day), started: late))
        // One that never was waits for the next mark.
        #expect(!schedule.isDue(at: Self.time(mark + 2 * Self.hour), last: nil, started: late))
        #expect(schedule.isDue(at: Self.time(mark + Self.day), last: nil, started: late))
        #expect(schedule.seconds == 86_400)
    }
}
