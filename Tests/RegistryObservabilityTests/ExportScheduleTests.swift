//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

/// The time is what the test says it is.
@Suite("Export schedules")
struct ExportScheduleTests {
    private typealias Outcome = ExportSchedule.Outcome

    private static func unavailable(_ status: Int = 503, after: Duration? = nil) -> Outcome {
        .unavailable(status: status, retryAfter: after)
    }

    @Test("a batch that arrives is done, whatever part of it is rejected")
    func delivered() {
        var schedule = ExportSchedule(timeout: .seconds(30))
        #expect(schedule.begin(at: .seconds(7)) == .seconds(7))
        #expect(schedule.next(.delivered(rejected: 0, message: ""), at: .seconds(8), jitter: 0.5) == .done)
        #expect(schedule.next(.delivered(rejected: 9, message: "x"), at: .seconds(8), jitter: 0.5) == .done)
        #expect(schedule.begin(at: .seconds(9)) == .seconds(9))
    }

    @Test("a batch that is refused is given up, and the next is sent at once")
    func refused() {
        var schedule = ExportSchedule(timeout: .seconds(30))
        _ = schedule.begin(at: .zero)
        #expect(
            schedule.next(.refused(status: 400, message: ""), at: .seconds(1), jitter: 0.5) == .giveUp(.rejected)
        )
        #expect(schedule.begin(at: .seconds(2)) == .seconds(2))
    }

    @Test("attempts come at ever longer intervals with jitter, until the batch's time is over")
    func backOff() {
        var schedule = ExportSchedule(timeout: .seconds(30))
        #expect(schedule.begin(at: .zero) == .zero)
        var times: [Duration] = []
        var now = Duration.zero
        while case .retry(let time) = schedule.next(Self.unavailable(), at: now, jitter: 0.999_999) {
            times.append(time)
            now = time
        }
        // 1, 2, 4, then 5 seconds each, and nothing after the 30th.
        let expected = [1, 3, 7, 12, 17, 22, 27]
        #expect(times.count == expected.count)
        for (time, seconds) in zip(times, expected) {
            #expect(time > .seconds(Double(seconds) - 0.01) && time <= .seconds(seconds))
        }
        #expect(schedule.notBefore > .seconds(31) && schedule.notBefore <= .seconds(32))
    }

    @Test("jitter takes up to half of a delay away")
    func jitter() {
        for (jitter, delay) in [(0.0, 500), (0.5, 750), (0.9, 950)] {
            var schedule = ExportSchedule(timeout: .seconds(30))
            _ = schedule.begin(at: .zero)
            #expect(
                schedule.next(.unreachable(cause: ""), at: .zero, jitter: jitter) == .retry(at: .milliseconds(delay))
            )
        }
    }

    @Test("a batch after one that was given up waits like an attempt, so that nobody is flooded")
    func nextBatch() {
        var schedule = ExportSchedule(timeout: .milliseconds(100))
        _ = schedule.begin(at: .zero)
        #expect(
            schedule.next(.unreachable(cause: ""), at: .milliseconds(10), jitter: 0) == .giveUp(.exportFailed)
        )
        #expect(schedule.begin(at: .milliseconds(20)) == .milliseconds(510))
        // Its own time counts from when it may be sent.
        #expect(
            schedule.next(.unreachable(cause: ""), at: .milliseconds(520), jitter: 0) == .giveUp(.exportFailed)
        )
        #expect(schedule.begin(at: .milliseconds(530)) == .milliseconds(1520))
        #expect(schedule.next(.delivered(rejected: 0, message: ""), at: .seconds(2), jitter: 0) == .done)
        #expect(schedule.begin(at: .seconds(2)) == .seconds(2))
    }

    @Test("a collector that says when to come back is asked no earlier")
    func retryAfter() {
        var schedule = ExportSchedule(timeout: .seconds(30))
        _ = schedule.begin(at: .zero)
        let soon = schedule.next(Self.unavailable(429, after: .seconds(7)), at: .seconds(1), jitter: 0)
        #expect(soon == .retry(at: .seconds(8)))
        let late = schedule.next(Self.unavailable(429, after: .seconds(60)), at: .seconds(8), jitter: 0)
        #expect(late == .giveUp(.exportFailed))
        #expect(schedule.begin(at: .seconds(9)) == .seconds(68))
        // Not even a collector may silence the server for good.
        _ = schedule.next(Self.unavailable(429, after: .seconds(1_000_000)), at: .seconds(68), jitter: 0)
        #expect(schedule.notBefore == .seconds(368))
        // Less than the back-off asks for counts for nothing.
        _ = schedule.next(Self.unavailable(503, after: .zero), at: .seconds(400), jitter: 0)
        #expect(schedule.notBefore > .seconds(401))
    }
}
