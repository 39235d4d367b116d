//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CoreMetrics
import RegistryTelemetry

// What swift-metrics calls when a library counts something; each writes into one series.

final class LibraryCounter: CounterHandler {
    let counter = Counter()

    func increment(by amount: Int64) {
        // A counter that went down would be taken for a server that was started again.
        if amount > 0 { counter.add(amount) }
    }

    func reset() { counter.add(-counter.value) }
}

final class LibraryGauge: RecorderHandler, MeterHandler {
    let gauge = FloatGauge()

    func record(_ value: Int64) { gauge.set(Double(value)) }
    func record(_ value: Double) { gauge.set(value) }
    func set(_ value: Int64) { gauge.set(Double(value)) }
    func set(_ value: Double) { gauge.set(value) }
    func increment(by amount: Double) { gauge.add(amount) }
    func decrement(by amount: Double) { gauge.add(-amount) }
}

final class LibraryTimer: TimerHandler {
    let histogram = Histogram(.stage)

    func recordNanoseconds(_ duration: Int64) { histogram.record(duration) }
}

/// Values of which nothing is known but that they are many: kept to a thousandth.
final class LibraryDistribution: RecorderHandler {
    let histogram = Histogram(.anything)

    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        // Below 0 counts as 0: a sum that went down would be taken for a server that was started again. At the other end,
        // 64 bits hold the sum of ten thousand values of this size.
        histogram.record(Int64(max(0, min(value, 1e12)) * 1000))
    }
}
