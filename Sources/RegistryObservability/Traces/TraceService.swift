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

    package func run() async {
        await withTaskGroup { group in
            group.addTask { [destinations] in
                await withDiscardingTaskGroup { running in
                    for await pipeline in destinations.arrivals { running.addTask { await pipeline.run() } }
                }
            }
            group.addTask { [destinations, deadline] in
                // Cancellation, too, is an end.
                try? await gracefulShutdown()
                destinations.close()
                try? await Task.sleep(for: deadline)
            }
            await group.next()
            group.cancelAll()
        }
        let lost = instruments.dropped[.shutdown].value
        guard lost > 0 else { return }
        // Nobody will scrape the counter any more.
        observer.note(ServerEvent(.traceSpansLost, [.init(.lost, .number(lost))]))
    }
}
