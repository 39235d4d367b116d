//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Dispatch
package import RegistryTelemetry
import Synchronization

/// The log of the server: a bounded queue, one thread that turns records into bytes, and any number of sinks, each with a
/// queue and a thread of its own.
///
/// Nobody who logs ever waits. What does not fit a queue is dropped, counted in the metrics, and told of in the log itself
/// once there is room again. Only audit entries are waited for, by the pipeline's own thread and not for long.
package final class LogPipeline: Sendable {
    private let queue: LogQueue
    private let sinks: [LogSink]
    /// What any of the sinks takes: every request asks, and should not have to look at each sink.
    private let packedFilter: Atomic<UInt32>
    private let instruments: Instruments
    private let settings: Settings
    private let fields: StaticFields
    /// Names this run of the server, in every line and, as the instance of the service, in metrics and traces.
    package let epoch: String
    private let journal: JournalForm?
    private let writesCombined: Bool

    /// What can be set, with what is good for a server.
    package struct Settings: Sendable {
        /// Entries that can wait while as many are being encoded.
        ///
        /// Audit entries may be as many again. A request takes about 600 bytes, and some hundred more if it is traced.
        package var capacity = 65_536
        /// What every line has at its end, by key.
        package var fields: [String: String] = [:]
        /// Time between two entries in which a sink tells how it fares.
        package var heartbeat: Duration = .seconds(60)
        /// How long audit entries are waited for before they are spilled.
        package var auditDeadline: Duration = .milliseconds(500)
        /// Where audit entries go that a sink does not take in time; nil loses them.
        package var spill: Spill?

        package init() {}

        /// The spill files, one a sink.
        package struct Spill: Sendable {
            /// The file of a sink.
            let path: @Sendable (LogSinkName) -> String
            /// Of each file.
            let maximumBytes: Int64

            package init(path: @escaping @Sendable (LogSinkName) -> String, maximumBytes: Int64) {
                self.path = path
                self.maximumBytes = maximumBytes
            }
        }
    }

    /// Makes a log that accepts entries from now on and writes them once it is started.
    /// - Parameters:
    ///   - plans: the sinks.
    ///   - instruments: counts what is written and what is lost.
    /// - Throws: ``ReservedFieldsError`` if a field has a key that the log writes itself.
    package init(
        _ plans: [SinkPlan],
        instruments: Instruments,
        _ settings: Settings = Settings()
    ) throws(ReservedFieldsError) {
        let fields = try StaticFields(settings.fields)
        var generator = SystemRandomNumberGenerator()
        var epoch = TextBuffer(capacity: 16)
        epoch.append(hexadecimal: generator.next())
        self.epoch = String(decoding: epoch.bytes, as: UTF8.self)
        self.fields = fields
        self.journal = plans.lazy.compactMap(\.journal).first
        self.writesCombined = plans.contains { $0.form == .combined }
        self.queue = LogQueue(capacity: settings.capacity, depth: instruments.logPipeline)
        self.instruments = instruments
        self.settings = settings
        self.packedFilter = Atomic(SinkFilter(anyOf: plans.lazy.map(\.filter)).packed)
        let (text, journal) = (self.epoch, self.journal)
        self.sinks = plans.map { plan in
            LogSink(
                plan.name,
                plan.filter,
                plan.section,
                limits: plan.limits,
                spill: settings.spill.map { AuditSpill(path: $0.path(plan.name), maximumBytes: $0.maximumBytes) },
                epoch: text,
                encoder: { EntryEncoder(epoch: text, fields: fields, journal: journal) },
                heartbeat: settings.heartbeat,
                instruments: instruments,
                run: plan.run
            )
        }
    }

    /// Whether a log could be made so.
    /// - Throws: as the initializer does.
    package static func check(_ settings: Settings) throws(ReservedFieldsError) {
        _ = try StaticFields(settings.fields)
    }

    /// Starts writing, on threads of its own.
    ///
    /// Once; further calls do nothing.
    package func start() {
        guard queue.open() else { return }
        for sink in sinks { sink.start { [weak self] in self?.note($0) } }
        DispatchQueue(label: "plimsoll.log").async {
            plimsoll_make_thread_patient()
            self.run()
        }
    }

    /// Accepts no more entries and waits until all accepted ones are written.
    ///
    /// Audit entries that are not are spilled.
    /// - Parameter deadline: how long to wait at most; a reader that is stuck must not keep the server from ending.
    /// - Returns: of each sink that could not write everything, what it could not.
    @discardableResult
    package func stop(deadline: Duration = .seconds(5)) async -> [LogRemainder] {
        if queue.close() { for sink in sinks { sink.queue.end() } }
        await finish(within: deadline)
        for sink in sinks { sink.abandon() }
        // Who waited for something that does not come gives up now, and knows best what is not written.
        await finish(within: Self.grace)
        return sinks.compactMap { $0.conclude() }
    }

    private func finish(within deadline: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.flush() }
            group.addTask { try? await Task.sleep(for: deadline) }
            await group.next()
            group.cancelAll()
        }
    }

    /// For sinks to come back from waiting, which they do in slices of 200 ms.
    private static let grace = Duration.milliseconds(600)

    /// Waits until all entries accepted so far are written, or lost to an error, or the task is cancelled.
    package func flush() async {
        let (written, waiter) = AsyncStream.makeStream(of: Never.self)
        let countdown = Countdown(sinks.count, waiter)
        if !queue.notify(countdown) { for sink in sinks { sink.queue.notify(countdown) } }
        for await _ in written {}
    }

    /// Has all sinks that write to files do what the operator asked for.
    package func perform(_ command: LogCommand) {
        for sink in sinks { sink.queue.add(command) }
    }

    /// Has sinks take other entries from now on; those that are not named, and are not in use, are left as they are.
    package func setFilters(_ filters: [LogSinkName: SinkFilter]) {
        for sink in sinks {
            guard var filter = filters[sink.name] else { continue }
            filter.takesRequestsAlone = sink.filter.takesRequestsAlone
            sink.filter = filter
        }
        packedFilter.store(SinkFilter(anyOf: sinks.lazy.map(\.filter)).packed, ordering: .relaxed)
    }

    /// Whether any sink takes entries like this.
    func wants(_ kinds: LogKinds, _ severity: Severity) -> Bool {
        SinkFilter(packed: packedFilter.load(ordering: .relaxed)).accepts(kinds, severity)
    }

    /// Adds an entry, or drops and counts it; never blocks.
    func push(_ entry: LogEntry) {
        guard !queue.push(entry) else { return }
        for sink in sinks { instruments.logDropped[sink.name][.pipelineFull].add() }
    }

    private func run() {
        var feed = SinkFeed(
            sinks,
            instruments: instruments,
            auditDeadline: settings.auditDeadline,
            note: note
        )
        var encoder = EntryEncoder(epoch: epoch, fields: fields, journal: journal, writesCombined: writesCombined)
        var entries: [LogEntry] = []
        var encoded: [EncodedEntry] = []
        while let batch = queue.take(into: &entries) {
            for start in stride(from: 0, to: entries.count, by: Self.chunk) {
                for entry in entries[start..<min(start + Self.chunk, entries.count)] {
                    encoded.append(encoder.encode(entry))
                }
                feed.offer(encoded)
                encoded.removeAll(keepingCapacity: true)
            }
            entries.removeAll(keepingCapacity: true)
            for sink in sinks {
                if batch.lost > 0 { sink.queue.lose(beforeAllSinks: batch.lost) }
                for waiter in batch.waiters { sink.queue.notify(waiter) }
            }
        }
        for sink in sinks { sink.queue.close() }
    }

    /// Entries that are encoded before the sinks get them.
    private static let chunk = 256

    /// Tells of something that happened in the log itself.
    private func note(_ event: ServerEvent) {
        push(.event(event))
        instruments.events[event.name].add()
    }
}
