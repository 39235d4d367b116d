//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
package import RegistryTelemetry

/// The log of the server: a bounded queue, and one thread that writes it to a file descriptor.
///
/// Nobody who logs ever waits for the descriptor. When its reader is too slow for the queue, entries are dropped; the
/// metrics count them, and the log itself tells of them with an event `log_dropped` once there is room again.
package final class LogWriter: Sendable {
    private let queue: LogQueue
    private let output: DescriptorOutput
    private let encoder: LineEncoder
    private let instruments: Instruments

    /// Makes a log that accepts entries from now on and writes them once it is started.
    /// - Parameters:
    ///   - descriptor: what to write to; neither closed nor made non-blocking, since other processes may share it.
    ///   - instruments: counts what is written and what is lost.
    ///   - fields: what every line has at its end, by key.
    ///   - capacity: entries that can wait while as many are being written; a request takes about 600 bytes.
    /// - Throws: ``ReservedFieldsError`` if a field has a key that the log writes itself.
    package init(
        descriptor: Int32,
        instruments: Instruments,
        fields: [String: String] = [:],
        capacity: Int = 65_536
    ) throws(ReservedFieldsError) {
        var generator = SystemRandomNumberGenerator()
        var epoch = TextBuffer(capacity: 16)
        epoch.append(hexadecimal: generator.next())
        self.encoder = LineEncoder(
            epoch: String(decoding: epoch.bytes, as: UTF8.self),
            fields: try StaticFields(fields)
        )
        self.queue = LogQueue(capacity: capacity, depth: instruments.logQueue)
        self.output = DescriptorOutput(descriptor: descriptor)
        self.instruments = instruments
    }

    /// Starts writing, on a thread of its own.
    ///
    /// Once; further calls do nothing.
    package func start() {
        guard queue.open() else { return }
        // A private queue has a thread of its own for as long as it is busy, and this one is until the log is stopped.
        DispatchQueue(label: "plimsoll.log").async { self.run() }
    }

    /// Accepts no more entries and waits until all accepted ones are written.
    /// - Parameter deadline: how long to wait at most; a reader that is stuck must not keep the server from ending.
    package func stop(deadline: Duration = .seconds(5)) async {
        queue.close()
        await withTaskGroup { group in
            group.addTask { await self.flush() }
            group.addTask { try? await Task.sleep(for: deadline) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Waits until all entries accepted so far are written, or lost to an error, or the task is cancelled.
    package func flush() async {
        let (written, waiter) = AsyncStream.makeStream(of: Never.self)
        queue.notify(waiter)
        for await _ in written {}
    }

    /// Adds an entry, or drops and counts it; never blocks.
    func push(_ entry: LogEntry) {
        if !queue.push(entry) { instruments.logDropped.add() }
    }

    private func run() {
        DescriptorOutput.blockBrokenPipeSignal()
        var sink = LineSink(encoder: encoder, instruments: instruments, write: output.write)
        var entries: [LogEntry] = []
        while let batch = queue.take(into: &entries) {
            for entry in entries { sink.add(entry) }
            entries.removeAll(keepingCapacity: true)
            if batch.lost > 0 { sink.add(.event(.logDropped(batch.lost, reason: "queue_full"))) }
            sink.flush()
            for waiter in batch.waiters { waiter.finish() }
        }
    }
}
