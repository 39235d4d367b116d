//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryACME

@Suite("When certificates are ordered")
struct RenewalScheduleTests {
    private static let day = Duration.seconds(86_400)
    private let start = WallTime(microseconds: 1_800_000_000_000_000)

    private func after(_ duration: Duration) -> WallTime { start.advanced(by: duration) }

    private func held(for lifetime: Duration, jitter: Double = 0) -> RenewalSchedule {
        var schedule = RenewalSchedule(now: start)
        schedule.holds(from: start, to: after(lifetime), jitter: jitter)
        return schedule
    }

    @Test("Without a certificate one is due at once")
    func first() {
        #expect(RenewalSchedule(now: start).due == start)
    }

    @Test(
        "The last third is for renewing, and 30 days at most",
        arguments: [(Duration.seconds(90), Duration.seconds(60)), (day * 90, day * 60), (day * 365, day * 335)]
    )
    func renewal(lifetime: Duration, due: Duration) {
        #expect(held(for: lifetime).due == after(due))
    }

    @Test("Renewals are spread over a tenth of that, and an hour at most")
    func jitter() {
        #expect(held(for: .seconds(90), jitter: 1).due == after(.seconds(63)))
        #expect(held(for: Self.day * 90, jitter: 1).due == after(Self.day * 60 + .seconds(3600)))
    }

    private func delays(_ result: CertificateOrderResult, _ schedule: RenewalSchedule, jitter: Double = 1) -> [Duration]
    {
        var schedule = schedule
        return (0..<30).map { _ in
            schedule.failed(result, retryAfter: nil, now: start, jitter: jitter)
            return start.duration(to: schedule.due)
        }
    }

    @Test("Failures double the pause, up to a bound that depends on what costs the authority")
    func backOff() {
        let unreachable = delays(.unreachable, RenewalSchedule(now: start))
        #expect(unreachable.prefix(3) == [.seconds(5), .seconds(10), .seconds(20)])
        #expect(unreachable.last == .seconds(600))
        let refused = delays(.challengeFailed, RenewalSchedule(now: start))
        #expect(refused.prefix(3) == [.seconds(600), .seconds(1200), .seconds(2400)])
        #expect(refused.last == .seconds(6 * 3600))
    }

    @Test("No hour has more than five orders that the authority refuses, even with the shortest pauses")
    func authoritysBound() {
        var (time, times) = (Duration.zero, [Duration.zero])
        for delay in delays(.challengeFailed, RenewalSchedule(now: start), jitter: 0) {
            time += delay
            times.append(time)
        }
        for begin in times { #expect(times.filter { $0 >= begin && $0 < begin + .seconds(3600) }.count <= 5) }
    }

    @Test("Before a certificate ends there are four attempts at least, however short it counts")
    func shortLife() {
        let longest = delays(.refused, held(for: .seconds(3600))).max() ?? .zero
        #expect(longest == .seconds(300))
        let year = delays(.refused, held(for: Self.day * 365)).max() ?? .zero
        #expect(year == .seconds(6 * 3600))
    }

    @Test("What the authority asks for is waited for, and a success forgets it all")
    func retryAfter() {
        var schedule = held(for: .seconds(3600))
        schedule.failed(.rateLimited, retryAfter: .seconds(7200), now: start, jitter: 0)
        #expect(schedule.due == after(.seconds(7200)))
        #expect(schedule.failures == 1)
        schedule.holds(from: start, to: after(.seconds(3600)), jitter: 0)
        #expect(schedule.failures == 0)
        #expect(schedule.due == after(.seconds(2400)))
    }
}
