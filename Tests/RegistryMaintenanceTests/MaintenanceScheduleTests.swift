//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryMaintenance

@Suite("When maintenance is due", .timeLimit(.minutes(5)))
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

    @Test("by a reload is told with the moment, so that nobody takes it for overdue")
    func moment() async throws {
        let bench = try await MaintenanceBench(hasLedger: false)
        let center = MaintenanceCenter(bench.context, driver: bench.driver, ledger: nil, .init())
        let instruments = bench.instruments.maintenance
        #expect(instruments.scheduled.value == 0 && instruments.interval.value == 0)
        let daily = MaintenanceCenter.Settings(collection: MaintenanceSchedule(interval: .seconds(86_400)))
        let before = WallTime.now.microseconds / 1_000_000
        center.configure(daily)
        #expect(instruments.scheduled.value >= before && instruments.interval.value == 86_400)
        // Another reload, which leaves it as it is.
        instruments.scheduled.set(1)
        var other = daily
        other.scrubBudget = 1
        center.configure(other)
        #expect(instruments.scheduled.value == 1)
        // One of the start is as old as the server, or as the last collection.
        instruments.scheduled.set(0)
        _ = MaintenanceCenter(bench.context, driver: bench.driver, ledger: nil, daily)
        #expect(instruments.scheduled.value == 0 && instruments.interval.value == 86_400)
        await bench.close()
    }
}
