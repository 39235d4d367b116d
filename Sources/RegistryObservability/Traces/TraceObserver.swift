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
    private let sampler: TraceSampler
    private let instruments: TraceInstruments
    private let pipelines: [TracePipeline]

    package init(_ sampler: TraceSampler, instruments: Instruments, pipelines: [TracePipeline]) {
        self.sampler = sampler
        self.instruments = instruments.traces
        self.pipelines = pipelines
    }

    package func conclude(_ record: RequestRecord) {
        guard let recorder = record.spans else { return }
        let (spans, dropped) = recorder.close()
        instruments.started.add(Int64(spans.count + dropped + 1))
        guard let reason = sampler.reason(toKeep: record) else { return }
        instruments.sampled[reason].add(Int64(spans.count + dropped + 1))
        if dropped > 0 { instruments.dropped[.spanLimit].add(Int64(dropped)) }
        let entry = TraceEntry(record: record, spans: spans, dropped: dropped, reason: reason)
        for pipeline in pipelines { pipeline.push(entry) }
    }
}
