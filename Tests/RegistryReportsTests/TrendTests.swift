//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryReports

@Suite("Growth and its forecast")
struct TrendTests {
    @Test("are those of a line, in spite of days that are far off")
    func line() throws {
        var points = (0..<30).map { (x: Double($0), y: 100 + 5 * Double($0)) }
        #expect(Trend(points)?.slope == 5)
        #expect(Trend(points)?.interval == 5...5)
        points[7].y = 10_000
        points[20].y = -3000
        let trend = try #require(Trend(points))
        #expect(trend.slope == 5 && trend.interval.contains(5))
        #expect(trend.time(toUse: 50, at: trend.slope) == 10)
        #expect(trend.time(toUse: 50, at: -1) == nil && trend.time(toUse: 50, at: 0) == nil)
    }

    @Test("have an interval that holds the true slope, nineteen times out of twenty or nearly so")
    func interval() {
        var (hits, generator) = (0, SeededGenerator(state: 5))
        for _ in 0..<400 {
            let points = (0..<40).map {
                (x: Double($0), y: 3 * Double($0) + Double.random(in: -60...60, using: &generator))
            }
            if Trend(points)?.interval.contains(3) == true { hits += 1 }
        }
        #expect((360...400).contains(hits), "\(hits) of 400")
    }

    @Test("are not told from too few days, and from very many in bounded time")
    func bounds() throws {
        let points = (0..<20_000).map { (x: Double($0), y: 2 * Double($0)) }
        #expect(Trend(Array(points.prefix(Trend.minimumPoints - 1))) == nil)
        #expect(Trend(Array(points.prefix(Trend.minimumPoints)))?.slope == 2)
        #expect(try #require(Trend(points)).slope == 2)
        #expect(Trend([(x: Double, y: Double)](repeating: (1, 1), count: 50)) == nil)
    }

    @Test("say when the disk is full, and that it never is")
    func full() {
        func facts(_ growth: Int64, free: Int64?) -> [String: ReportValue]? {
            let days = (0..<10 as Range<Int64>).map { day in
                var snapshot = CapacitySnapshot(day: day, takenAt: WallTime(microseconds: day * 86_400_000_000))
                snapshot.referenced = 1000 + growth * day
                return snapshot
            }
            return Reporter.forecast(days, free: free).map { facts in
                Dictionary(uniqueKeysWithValues: facts.map { ($0.name, $0.value) })
            }
        }
        #expect(facts(10, free: 500)?["days_to_full"] == .real(50))
        #expect(facts(10, free: 500)?["slope"] == .real(10))
        #expect(facts(-10, free: 500)?["days_to_full"] == ReportValue.none)
        #expect(facts(10, free: nil)?["days_to_full"] == ReportValue.none)
        #expect(Reporter.forecast([], free: 1) == nil)
    }
}
