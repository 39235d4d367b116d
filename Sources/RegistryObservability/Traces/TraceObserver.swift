//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Traces as one view of what happens: the sampler's last word on each request, and its spans on their way.
///
/// Requests that are not kept are forgotten here; nothing of them is encoded.
package struct TraceObserver: Observer {
    let destinations: TraceDestinations
    let instruments: TraceInstruments

    package init(_ destinations: TraceDestinations, instruments: Instruments) {
        self.destinations = destinations
        self.instruments = instruments.traces
    }

    package func conclude(_ record: RequestRecord) {
        guard let recorder = record.spans else { return }
        let reason = record.samplingReason
        let (spans, dropped) = recorder.close(countingLate: instruments, reason)
        instruments.started.add(Int64(spans.count + dropped + 1))
        guard let reason else { return }
        instruments.sampled[reason].add(Int64(spans.count + dropped + 1))
        if dropped > 0 { instruments.dropped[.spanLimit].add(Int64(dropped)) }
        let entry = TraceEntry(record: record, spans: spans, dropped: dropped, reason: reason)
        for pipeline in destinations.pipelines { pipeline.push(entry) }
    }
}
