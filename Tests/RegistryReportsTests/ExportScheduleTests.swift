//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryReports

@Suite("Schedules of exports")
struct ExportScheduleTests {
    private func schedule(_ name: String = "nightly", _ timing: ExportSchedule.Timing, keep: Int = 2) -> ExportSchedule
    {
        ExportSchedule(name: name, timing: timing, formats: [.csv], target: .directory("/x"), keep: keep)
    }

    /// 2026-11-28T00:00:00Z.
    private static let midnight: Int64 = 1_795_824_000

    @Test("An export is due at a time of day, and the last such moment counts until the next")
    func daily() {
        let schedule = schedule("nightly", .at(7200))
        let (due, day) = (Self.midnight + 7200, Int64(86_400))
        #expect(schedule.slot(at: due) == due)
        #expect(schedule.slot(at: due + day - 1) == due)
        #expect(schedule.slot(at: due - 1) == due - day)
        #expect(schedule.slot(at: Self.midnight) == due - day)
        #expect(schedule.next(after: due) == due + day && schedule.next(after: due - 1) == due)
        #expect(schedule.exportName(of: due) == "nightly-20261128T020000Z")
    }

    @Test("An interval is counted from midnight, as often as it fits")
    func interval() {
        let schedule = schedule("nightly", .every(5400))
        #expect(schedule.slot(at: Self.midnight + 5399) == Self.midnight)
        #expect(schedule.slot(at: Self.midnight + 5400) == Self.midnight + 5400)
        #expect(schedule.next(after: Self.midnight) == Self.midnight + 5400)
    }

    @Test("Only names of the schedule's own are its exports, and the newest of them stay")
    func surplus() {
        let schedule = schedule("a", .every(60))
        let own = ["a-20261128T020000Z", "a-20251128T020000Z", "a-20261129T020000Z", "a-20240101T000000Z"]
        let others = [
            "a", "a-", "a-b-20261128T020000Z", "ab-20261128T020000Z", "a-20261128T02000Z", "a-2026112XT020000Z",
        ]
        for name in own { #expect(schedule.owns(name)) }
        for name in others { #expect(!schedule.owns(name), "\(name)") }
        #expect(schedule.surplus(among: others + own) == ["a-20240101T000000Z", "a-20251128T020000Z"])
        #expect(schedule.surplus(among: Array(own.prefix(2))) == [])
    }
}
