//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("When a log file ends")
struct RotationScheduleTests {
    private let clock = ManualClock()

    private func schedule(_ policy: RotationPolicy, size: Int64 = 10) -> RotationSchedule {
        var schedule = RotationSchedule(policy)
        schedule.begin(size: size, at: clock.now)
        return schedule
    }

    private func room(_ schedule: RotationSchedule, _ text: String, isInsideLine: Bool = false) -> Int {
        Array(text.utf8).withUnsafeBufferPointer { schedule.room(for: $0, isInsideLine: isInsideLine) }
    }

    @Test func sizeEndsAFile() {
        var schedule = schedule(RotationPolicy(maximumBytes: 100), size: 0)
        schedule.wrote(99)
        #expect(schedule.reason(at: clock.now) == nil)
        schedule.wrote(1)
        #expect(schedule.reason(at: clock.now) == .size)
    }

    @Test func linesAreCutToTheRoomAtTheirEnds() {
        let schedule = schedule(RotationPolicy(maximumBytes: 20), size: 10)
        #expect(room(schedule, "1234\n1234\n") == 10)
        #expect(room(schedule, "1234\n12345\n") == 5)
        // Not even the first fits: the file has to end first.
        #expect(room(schedule, "1234567890\n1\n") == 0)
        // The rest of a line belongs where its head is.
        #expect(room(schedule, "1234567890\n1\n", isInsideLine: true) == 11)
        // A line that is longer than a file is written all the same.
        let empty = self.schedule(RotationPolicy(maximumBytes: 5), size: 0)
        #expect(room(empty, "1234567890\n1\n") == 11)
        #expect(room(self.schedule(RotationPolicy(maximumBytes: nil)), "1\n2\n") == 4)
    }

    @Test func ageEndsAFileWhateverTheWallClockSays() {
        var schedule = schedule(RotationPolicy(maximumBytes: nil, maximumAge: .seconds(60)))
        clock.setWall(by: .seconds(-100_000))
        clock.advance(.seconds(59))
        #expect(schedule.reason(at: clock.now) == nil)
        clock.setWall(by: .seconds(500_000))
        #expect(schedule.reason(at: clock.now) == nil)
        clock.advance(.seconds(1))
        #expect(schedule.reason(at: clock.now) == .age)
    }

    @Test func ageOfAFileFoundAtTheStartCounts() {
        var schedule = RotationSchedule(RotationPolicy(maximumBytes: nil, maximumAge: .seconds(60)))
        schedule.begin(size: 1, age: .seconds(50), at: clock.now)
        clock.advance(.seconds(9))
        #expect(schedule.reason(at: clock.now) == nil)
        clock.advance(.seconds(1))
        #expect(schedule.reason(at: clock.now) == .age)
    }

    @Test func midnightEndsAFile() {
        var schedule = schedule(RotationPolicy(maximumBytes: nil, mark: .daily))
        clock.advance(.seconds(12 * 3600 - 1))
        #expect(schedule.reason(at: clock.now) == nil)
        clock.advance(.seconds(1))
        #expect(schedule.reason(at: clock.now) == .mark)
    }

    @Test func fileOfYesterdayEndsAtTheStart() {
        var schedule = RotationSchedule(RotationPolicy(maximumBytes: nil, mark: .daily))
        schedule.begin(size: 1, lastWrite: clock.now.wall.advanced(by: .seconds(-86_400)), at: clock.now)
        #expect(schedule.reason(at: clock.now) == .mark)
    }

    @Test func emptyFileIsCarriedOverTheMark() {
        var schedule = schedule(RotationPolicy(maximumBytes: nil, maximumAge: .seconds(1), mark: .hourly), size: 0)
        clock.advance(.seconds(2 * 3600))
        #expect(schedule.reason(at: clock.now) == nil)
        schedule.wrote(1)
        #expect(schedule.reason(at: clock.now) == .age)
    }

    @Test func clockThatGoesBackALittleEndsNothingTwice() {
        clock.advance(.seconds(12 * 3600 + 1))
        var schedule = schedule(RotationPolicy(maximumBytes: nil, mark: .daily))
        clock.setWall(by: .seconds(-2))
        #expect(schedule.reason(at: clock.now) == nil)
        clock.advance(.seconds(2))
        #expect(schedule.reason(at: clock.now) == nil)
    }

    @Test func clockThatWasFarAheadAndIsSetRightGetsItsNextMidnight() {
        clock.setWall(by: .seconds(10 * 365 * 86_400))
        var schedule = schedule(RotationPolicy(maximumBytes: nil, mark: .daily))
        clock.setWall(by: .seconds(-10 * 365 * 86_400))
        #expect(schedule.reason(at: clock.now) == nil)
        clock.advance(.seconds(12 * 3600))
        #expect(schedule.reason(at: clock.now) == .mark)
    }

    @Test func commandEndsAFileUnlessItIsEmpty() {
        var full = schedule(RotationPolicy())
        full.ask(.command)
        #expect(full.reason(at: clock.now) == .command)
        var empty = schedule(RotationPolicy(), size: 0)
        empty.ask(.command)
        empty.wrote(1)
        #expect(empty.reason(at: clock.now) == nil)
    }

    @Test func failureIsTriedAgainLaterEachTime() {
        var schedule = schedule(RotationPolicy(maximumBytes: 1))
        for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
            #expect(schedule.reason(at: clock.now) == .size)
            schedule.fail(at: clock.now)
            clock.advance(.seconds(wait) - .milliseconds(1))
            #expect(schedule.reason(at: clock.now) == nil)
            clock.advance(.milliseconds(1))
        }
        #expect(schedule.reason(at: clock.now) == .size)
    }

    @Test func workKeepsItsPace() {
        var pace = Pace(bytesPerSecond: 1000)
        let start = clock.now.instant
        #expect(pace.wait(after: 500, at: start) == .milliseconds(500))
        #expect(pace.wait(after: 500, at: start + .milliseconds(500)) == .milliseconds(500))
        #expect(pace.wait(after: 100, at: start + .seconds(60)) == .milliseconds(100))
        var free = Pace(bytesPerSecond: nil)
        #expect(free.wait(after: 1 << 40, at: start) == .zero)
    }
}
