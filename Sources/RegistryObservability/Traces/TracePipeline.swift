//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// The way of traces to one destination: a bounded queue, and whoever delivers what is in it.
///
/// Destinations know nothing of each other: one that hangs holds up no other.
package final class TracePipeline: Sendable {
    private let queue: TraceQueue
    private let exporter: any TraceExporter
    private let delay: Duration
    private let loss: Counter
    private let shutdownLoss: Counter

    /// - Parameters:
    ///   - exporter: delivers.
    ///   - capacity: spans that can wait.
    ///   - threshold: spans that are delivered without waiting for more.
    ///   - delay: how long less than that waits.
    ///   - instruments: counts what is lost.
    init(
        _ exporter: any TraceExporter,
        capacity: Int,
        threshold: Int,
        delay: Duration,
        instruments: TraceInstruments
    ) {
        self.queue = TraceQueue(capacity: capacity, threshold: threshold)
        self.exporter = exporter
        self.delay = delay
        self.loss = instruments.dropped[exporter.queueLoss]
        self.shutdownLoss = instruments.dropped[.shutdown]
    }

    /// Adds a trace, or drops and counts it; never blocks.
    func push(_ entry: any TraceContent) {
        if !queue.push(entry) { loss.add(Int64(entry.count)) }
    }

    /// Accepts nothing any more; `run` ends when all is delivered.
    func close() { queue.close() }

    /// Delivers until the queue is closed and empty, or the task is cancelled.
    func run() async {
        while true {
            await queue.wait(atMost: delay)
            let isLast = queue.isClosed
            let entries = queue.take()
            guard !Task.isCancelled else {
                shutdownLoss.add(Int64(entries.reduce(0) { $0 + $1.count }))
                break
            }
            await exporter.export(entries, from: queue)
            if isLast { break }
        }
        await exporter.close()
    }
}

/// Delivers traces to one destination.
///
/// Used by one task. It never fails: what cannot be delivered is counted and told of by the exporter itself.
protocol TraceExporter: Sendable {
    /// Why spans are lost that find the queue to this destination full.
    var queueLoss: SpanLoss { get }

    /// Delivers, or gives up.
    /// - Parameters:
    ///   - entries: may be none; called at least once in each delay all the same.
    ///   - queue: where they were; once it is closed nothing comes after them, and there is little time.
    func export(_ entries: [any TraceContent], from queue: TraceQueue) async

    /// Gives back what the exporter holds.
    func close() async
}
