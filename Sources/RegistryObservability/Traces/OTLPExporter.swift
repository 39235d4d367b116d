//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOPosix
package import RegistryTelemetry
import Synchronization

/// Delivers traces to a collector by OTLP over HTTP, one batch after the other.
///
/// A collector that is down is told of once, and once when it is back for a while; between, the metrics count.
final class OTLPExporter: TraceExporter {
    let queueLoss = SpanLoss.queueFull

    private let settings: OTLPSettings
    private let resource: ResourceDescription
    private let client: CollectorClient
    private let instruments: TraceInstruments
    private let observer: any Observer
    private let clock = ContinuousClock()
    private let origin = ContinuousClock.now
    private let state: Mutex<State>

    private struct State {
        var schedule: ExportSchedule
        var trouble = ExportTrouble()
    }

    /// - Parameter observer: is told of trouble; its events must not come back as traces.
    /// - Throws: when a file for TLS cannot be used.
    init(
        _ settings: OTLPSettings,
        of resource: ResourceDescription,
        on loops: MultiThreadedEventLoopGroup,
        instruments: TraceInstruments,
        observer: any Observer
    ) throws(CollectorFileError) {
        self.settings = settings
        self.resource = resource
        self.client = try CollectorClient(settings, on: loops)
        self.instruments = instruments
        self.observer = observer
        self.state = Mutex(State(schedule: ExportSchedule(timeout: settings.batchTimeout)))
    }

    func export(_ entries: [any TraceContent], from queue: TraceQueue) async {
        // What was well for long enough is over, also where nothing has come since.
        if let event = state.withLock({ $0.trouble.event(at: now, to: settings.address) }) { observer.note(event) }
        // In slices, so that the encoded form of a long queue is never there whole.
        var spans: [ExportedSpan] = []
        for entry in entries {
            spans += entry.exported()
            while spans.count >= settings.batchSize {
                await deliver(Array(spans.prefix(settings.batchSize)), until: queue)
                spans.removeFirst(settings.batchSize)
            }
        }
        if !spans.isEmpty { await deliver(spans, until: queue) }
    }

    func close() async { await client.shutDown() }

    // MARK: One batch

    /// - Parameter queue: its end is the end of waiting for a collector that does not answer.
    private func deliver(_ spans: [ExportedSpan], until queue: TraceQueue) async {
        let body = encode(spans)
        var time = state.withLock { $0.schedule.begin(at: now) }
        while true {
            if time > now { await queue.waitForEnd(atMost: time - now) }
            guard !Task.isCancelled else { return lose(spans.count, .shutdown) }
            let outcome = await client.post(body)
            let (action, event) = state.withLock { state in
                let action = state.schedule.next(outcome, at: now, jitter: .random(in: 0..<1))
                return (action, state.trouble.event(after: outcome, at: now, to: settings.address))
            }
            if let event, !Task.isCancelled { observer.note(event) }
            switch action {
            case .done: return count(spans.count, outcome)
            case .retry(let next):
                guard !queue.isClosed else { return lose(spans.count, .shutdown) }
                time = next
            case .giveUp(let loss): return lose(spans.count, Task.isCancelled ? .shutdown : loss)
            }
        }
    }

    private var now: Duration { clock.now - origin }

    private func encode(_ spans: [ExportedSpan]) -> [UInt8] {
        var bytes: [UInt8]
        switch settings.form {
        case .protobuf: bytes = OTLPProtobuf.encode(spans, of: resource)
        case .json:
            var text = TextBuffer(capacity: 1024 * spans.count)
            OTLPJSON.append(spans, of: resource, to: &text)
            bytes = Array(text.bytes)
        }
        guard settings.compresses else { return bytes }
        // Nothing but a lack of memory keeps it from working, and then not much else does.
        return Gzip.compress(bytes) ?? []
    }

    private func count(_ spans: Int, _ outcome: ExportSchedule.Outcome) {
        guard case .delivered(let rejected, _) = outcome else { return }
        let lost = min(rejected, spans)
        instruments.exported[.otlp].add(Int64(spans - lost))
        lose(lost, .partialSuccess)
    }

    private func lose(_ spans: Int, _ reason: SpanLoss) {
        if spans > 0 { instruments.dropped[reason].add(Int64(spans)) }
    }
}

extension TracePipeline {
    /// Makes the way to a collector.
    /// - Parameters:
    ///   - queue: spans that can wait.
    ///   - delay: how long less than a batch waits.
    /// - Throws: when a file for TLS cannot be used.
    package convenience init(
        to settings: OTLPSettings,
        of resource: ResourceDescription,
        queue: Int = 2048,
        delay: Duration = .seconds(5),
        on loops: MultiThreadedEventLoopGroup,
        instruments: Instruments,
        observer: any Observer
    ) throws(CollectorFileError) {
        let exporter = try OTLPExporter(
            settings,
            of: resource,
            on: loops,
            instruments: instruments.traces,
            observer: observer
        )
        self.init(
            exporter,
            capacity: queue,
            threshold: settings.batchSize,
            delay: delay,
            instruments: instruments.traces
        )
    }
}
