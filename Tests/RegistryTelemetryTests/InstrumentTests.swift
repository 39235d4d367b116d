//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@Suite("Instruments", .timeLimit(.minutes(5)))
struct InstrumentTests {
    /// Does something many times from many tasks.
    private func often(_ body: @escaping @Sendable (Int) -> Void) async {
        await withTaskGroup(of: Void.self) { tasks in
            for task in 0..<8 { tasks.addTask { for turn in 0..<5000 { body(task * 5000 + turn) } } }
        }
    }

    @Test("count exactly, from however many tasks")
    func counter() async {
        let counter = Counter()
        #expect(counter.value == 0)
        await often { counter.add($0 % 2 == 0 ? 1 : 3) }
        #expect(counter.value == 80_000)
        counter.add()
        #expect(counter.value == 80_001)
    }

    @Test("go up and down and end where they began")
    func gauge() async {
        let gauge = Gauge()
        await often { number in
            gauge.add(Int64(number))
            gauge.add(-Int64(number))
        }
        #expect(gauge.value == 0)
        gauge.set(-5)
        gauge.add(3)
        #expect(gauge.value == -2)
    }

    @Test("put each value into the bucket whose bound it does not pass")
    func buckets() {
        let histogram = Histogram(.messageSize)
        let bounds = HistogramBuckets.messageSize.bounds
        for bound in bounds { for value in [bound - 1, bound, bound + 1] { histogram.record(value) } }
        // Below, and at, the first bound; above each bound is below the next.
        #expect(histogram.counts == [2] + [Int64](repeating: 3, count: bounds.count - 1) + [1])
        #expect(histogram.sum == bounds.map { $0 * 3 }.reduce(0, +))
    }

    @Test("take values of any size")
    func extremes() {
        let histogram = Histogram(.requestDuration)
        histogram.record(Int64(0))
        histogram.record(Int64(-1))
        histogram.record(Int64.max)
        #expect(histogram.counts.first == 2)
        #expect(histogram.counts.last == 1)
        #expect(histogram.counts.count == histogram.buckets.bounds.count + 1)
    }

    @Test("lose no value, from however many tasks")
    func histogram() async {
        let histogram = Histogram(.messageSize)
        await often { histogram.record(Int64($0)) }
        #expect(histogram.counts.reduce(0, +) == 40_000)
        #expect(histogram.sum == (0..<40_000).map(Int64.init).reduce(0, +))
        let bounds = histogram.buckets.bounds
        #expect(histogram.counts[0] == bounds[0] + 1)
        #expect(histogram.counts[1] == bounds[1] - bounds[0])
    }

    @Test("take times in nanoseconds")
    func times() {
        let histogram = Histogram(.requestDuration)
        histogram.record(.milliseconds(5))
        histogram.record(.microseconds(5001))
        histogram.record(.seconds(61))
        #expect(histogram.counts[0] == 1)
        #expect(histogram.counts[1] == 1)
        #expect(histogram.counts.last == 1)
        #expect(histogram.sum == 5_000_000 + 5_001_000 + 61_000_000_000)
        #expect(Duration.milliseconds(1).nanoseconds == 1_000_000)
        #expect(Duration.nanoseconds(1999).microseconds == 1)
        #expect(Duration.seconds(-1).nanoseconds == -1_000_000_000)
    }

    @Test("have the bounds of distribution's metrics")
    func bounds() {
        let seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 60]
        func exported(_ buckets: HistogramBuckets) -> [Double] {
            buckets.bounds.map { Double($0) / Double(buckets.unitsPerBase) }
        }
        #expect(exported(.requestDuration) == seconds)
        #expect(exported(.clientDefault) == Array(seconds.prefix(11)))
        #expect(exported(.messageSize).first == 1024)
        #expect(exported(.messageSize).last == 2_147_483_648)
        #expect(exported(.blobSize).prefix(3) == [524_288, 1_048_576, 67_108_864])
        #expect(exported(.blobSize).last == 53_687_091_200)
        #expect(exported(.anything).first == 0.001)
        #expect(exported(.anything).last == 1e9)
        let all = [HistogramBuckets.requestDuration, .clientDefault, .messageSize, .blobSize, .rate, .stage, .anything]
        for buckets in all {
            #expect(zip(buckets.bounds, buckets.bounds.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test("are found by label, each its own")
    func labelled() {
        let counters = Labelled(RouteName.self) { _ in Counter() }
        for (number, route) in RouteName.allCases.enumerated() { counters[route].add(Int64(number)) }
        for (number, route) in RouteName.allCases.enumerated() { #expect(counters[route].value == Int64(number)) }
        // One case takes no memory at all, and has a place all the same.
        let single = Labelled(RedirectLabel.self) { _ in Counter() }
        single[.no].add()
        #expect(single[.no].value == 1)
        let nested = Labelled(StatusLabel.self) { _ in Labelled(MethodName.self) { _ in Counter() } }
        for code in StatusLabel.allCases {
            #expect(Int(code.rawValue).map { StatusLabel($0) } ?? .other == code)
            for method in MethodName.allCases { nested[code][method].add() }
        }
        for code in StatusLabel.allCases {
            for method in MethodName.allCases { #expect(nested[code][method].value == 1) }
        }
    }

    @Test("have families with names, helps and series of their own")
    func families() {
        let families = Instruments(driverName: "test").families
        #expect(Set(families.map(\.name)).count == families.count)
        for family in families {
            #expect(family.name.hasPrefix("registry_"))
            #expect(!family.description.help.isEmpty)
            #expect(!family.description.help.contains { "\\\n\"".contains($0) })
            #expect(!family.series.isEmpty)
            #expect(Set(family.series.map(\.labels)).count == family.series.count)
            #expect(family.description.kind != .counter || family.name.hasSuffix("_total"))
            #expect(family.series.count == family.description.labels.reduce(1) { $0 * $1.valueCount(in: family) })
        }
    }

    @Test("are unused until something is recorded, but for gauges")
    func used() {
        let (counter, histogram) = (Counter(), Histogram(.stage))
        #expect(!MetricFamily.Instrument.counter(counter).isUsed)
        #expect(!MetricFamily.Instrument.histogram(histogram).isUsed)
        #expect(MetricFamily.Instrument.gauge(Gauge()).isUsed)
        counter.add()
        histogram.record(Int64.max)
        #expect(MetricFamily.Instrument.counter(counter).isUsed)
        #expect(MetricFamily.Instrument.histogram(histogram).isUsed)
    }

    @Test("The meter of a request adds up its calls, from however many tasks, and is found by task")
    func meter() async {
        let meter = StorageMeter()
        #expect(StorageMeter.current == nil)
        await StorageMeter.$current.withValue(meter) {
            await withTaskGroup(of: Void.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask { for _ in 0..<100 { StorageMeter.current?.add(.microseconds(1)) } }
                }
            }
        }
        #expect(StorageMeter.current == nil)
        #expect(meter.reading.calls == 800)
        #expect(meter.reading.time == .microseconds(800))
    }
}

extension MetricDescription.Label {
    /// The number of values, of which a constant label has one.
    fileprivate func valueCount(in family: MetricFamily) -> Int {
        guard name != "driver", case .closed(let values) = values else { return 1 }
        return values.count
    }
}
