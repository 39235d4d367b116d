//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import ServiceLifecycle

/// Keeps traces flowing for as long as the server runs, and a little longer.
///
/// First among the services, so that it is asked to go last, when no request can come any more.
package struct TraceService: Service {
    private let destinations: TraceDestinations
    private let instruments: TraceInstruments
    private let observer: any Observer
    private let deadline: Duration

    /// - Parameters:
    ///   - instruments: know what was lost.
    ///   - observer: is told of what is lost in the end.
    ///   - deadline: for delivering what is left at the end; a collector that hangs must not keep the server from ending.
    package init(
        _ destinations: TraceDestinations,
        instruments: Instruments,
        observer: any Observer,
        deadline: Duration = .seconds(5)
    ) {
        self.destinations = destinations
        self.instruments = instruments.traces
        self.observer = observer
        self.deadline = deadline
    }

    /// Spans that were to go out and are lost so far.
    private var undelivered: Int64 {
        SpanLoss.allCases.reduce(0) { $1 == .spanLimit ? $0 : $0 + instruments.dropped[$1].value }
    }

    package func run() async {
        let before = await withTaskGroup(of: Int64?.self) { group in
            group.addTask { [destinations] in
                await withDiscardingTaskGroup { running in
                    for await pipeline in destinations.arrivals { running.addTask { await pipeline.run() } }
                }
                return nil
            }
            group.addTask { [destinations, deadline] in
                // Cancellation, too, is an end.
                try? await gracefulShutdown()
                let lost = undelivered
                destinations.close()
                try? await Task.sleep(for: deadline)
                return lost
            }
            var lost = await group.next() ?? nil
            group.cancelAll()
            for await more in group { lost = lost ?? more }
            return lost ?? 0
        }
        let lost = undelivered - before
        guard lost > 0 else { return }
        // Nobody will scrape the counters any more, so whatever the reason.
        observer.note(ServerEvent(.traceSpansLost, [.init(.lost, .number(lost))]))
    }
}
