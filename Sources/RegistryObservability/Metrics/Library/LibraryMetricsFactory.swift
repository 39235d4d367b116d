//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import CoreMetrics

/// Where swift-metrics gets its handlers from.
package struct LibraryMetricsFactory: MetricsFactory {
    private let metrics: LibraryMetrics

    package init(_ metrics: LibraryMetrics) { self.metrics = metrics }

    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        guard case .counter(let handler) = metrics.handler(.counter, label, dimensions) else { return LibraryCounter() }
        return handler
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        guard case .gauge(let handler) = metrics.handler(.gauge, label, dimensions) else { return LibraryGauge() }
        return handler
    }

    package func makeRecorder(
        label: String,
        dimensions: [(String, String)],
        aggregate: Bool
    ) -> any RecorderHandler {
        switch metrics.handler(aggregate ? .distribution : .gauge, label, dimensions) {
        case .gauge(let handler): handler
        case .distribution(let handler): handler
        case .counter, .timer: LibraryGauge()
        }
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        guard case .timer(let handler) = metrics.handler(.timer, label, dimensions) else { return LibraryTimer() }
        return handler
    }

    // A counter that is given up keeps what it counted: taking it away would look as if it had never been.
    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyTimer(_ handler: any TimerHandler) {}
}
