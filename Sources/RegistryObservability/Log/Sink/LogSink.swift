//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Dispatch
import RegistryTelemetry
import Synchronization

/// One place where entries go: a filter, a queue, and a thread that takes from the queue.
final class LogSink: Sendable {
    let name: LogSinkName
    private let packedFilter: Atomic<UInt32>
    let queue: SinkQueue
    /// What of an entry is written.
    let section: EncodedEntry.Section
    /// Where audit entries go that are not taken in time; nil loses them.
    let spill: AuditSpill?
    /// Names this run.
    private let epoch: String
    private let makeEncoder: @Sendable () -> EntryEncoder
    private let instruments: Instruments
    private let heartbeat: Duration
    private let isAbandoned = Atomic(false)
    private let inHand = EntriesInHand()
    private let remainder: Mutex<LogRemainder>
    private let run: @Sendable (LogSink, OutputContext, consuming EntryEncoder) -> Void

    /// - Parameters:
    ///   - section: what of an entry is written.
    ///   - spill: where audit entries go that are not taken in time; nil loses them.
    ///   - epoch: names this run.
    ///   - encoder: makes one for what the sink has to say itself.
    ///   - heartbeat: time between two entries that tell how the sink fares.
    ///   - run: has the sink work with its output until the end.
    init(
        _ name: LogSinkName,
        _ filter: SinkFilter,
        _ section: EncodedEntry.Section,
        limits: SinkQueue.Limits = SinkQueue.Limits(),
        spill: AuditSpill?,
        epoch: String,
        encoder: @escaping @Sendable () -> EntryEncoder,
        heartbeat: Duration,
        instruments: Instruments,
        run: @escaping @Sendable (LogSink, OutputContext, consuming EntryEncoder) -> Void
    ) {
        self.name = name
        self.packedFilter = Atomic(filter.packed)
        self.queue = SinkQueue(
            limits: limits,
            depth: instruments.logQueue[name],
            bytes: instruments.logQueueBytes[name]
        )
        self.section = section
        self.spill = spill
        self.remainder = Mutex(LogRemainder(name))
        self.epoch = epoch
        self.makeEncoder = encoder
        self.heartbeat = heartbeat
        self.instruments = instruments
        self.run = run
    }

    /// Which entries it takes; may change at any time, and every request asks.
    var filter: SinkFilter {
        get { SinkFilter(packed: packedFilter.load(ordering: .relaxed)) }
        set { packedFilter.store(newValue.packed, ordering: .relaxed) }
    }

    /// Starts the sink's thread.
    func start(note: @escaping @Sendable (ServerEvent) -> Void) {
        let context = OutputContext(
            sink: name,
            instruments: instruments,
            isEnding: { [queue] in queue.isClosing },
            isAbandoned: { [self] in isAbandoned.load(ordering: .relaxed) },
            failed: { [queue] in queue.fail() },
            takeCommands: { [queue] in queue.takeCommands() },
            note: note
        )
        // A private queue has a thread of its own for as long as it is busy, and this one is until the log is stopped.
        DispatchQueue(label: "plimsoll.log.\(name.rawValue)").async { [self] in
            DescriptorOutput.blockBrokenPipeSignal()
            plimsoll_make_thread_patient()
            run(self, context, makeEncoder())
        }
    }

    /// Nobody waits any more for what could not be written yet.
    func abandon() { isAbandoned.store(true, ordering: .relaxed) }

    /// Keeps an audit entry that is not written in time.
    /// - Returns: why that is not possible, or nil.
    func keep(_ entry: EncodedEntry, _ sequence: Int64) -> String? {
        guard let spill else { return "log.spill.path is not set" }
        var line = TextBuffer(capacity: 4096)
        SpilledEntry.append(entry, sequence, of: name, section, to: &line)
        return spill.write(line.bytes)
    }

    /// Takes care of what the sink's thread has not written, and will not any more.
    /// - Returns: what the log's end has cost the sink; nil if nothing.
    func conclude() -> LogRemainder? {
        let rest = queue.end()
        for unwritten in [inHand.take(), .init(rest.entries, from: rest.first, filter)].compactMap(\.self) {
            giveUp(unwritten.audit, of: unwritten.count, from: unwritten.first)
            instruments.logDropped[name][.writeFailed].add(Int64(unwritten.count))
        }
        leaveWord(rest)
        spill?.release()
        let remainder = remainder.withLock { $0 }
        return remainder.isEmpty ? nil : remainder
    }

    /// Looks after entries that could not be written at the end: audit entries are spilled, the others are lost.
    /// - Parameters:
    ///   - audit: the audit entries among them.
    ///   - count: how many they are altogether.
    ///   - first: the number of the first.
    private func giveUp(_ audit: [(entry: EncodedEntry, sequence: Int64)], of count: Int, from first: Int64) {
        guard count > 0 else { return }
        remainder.withLock { remainder in
            remainder.lost += count
            remainder.first = min(remainder.first, first)
            for (entry, sequence) in audit {
                if let failure = keep(entry, sequence) {
                    remainder.failure = failure
                } else {
                    remainder.lost -= 1
                    remainder.spilled += 1
                }
            }
            remainder.path = spill?.path ?? ""
        }
        spill?.synchronize()
    }

    /// Leaves to the next run an entry that tells which numbers are missing, as this one can tell nobody.
    private func leaveWord(_ rest: SinkQueue.Rest) {
        guard section != .combined else { return }
        var events = SinkReport.tell(rest.losses, of: name, rest.firstLost)
        let (count, first) = remainder.withLock { ($0.lost, $0.first) }
        if count > 0, first < rest.next {
            events.append(SinkReport.dropped(count, of: name, .writeFailed, first...(rest.next - 1)))
        }
        guard !events.isEmpty else { return }
        var encoder = makeEncoder()
        for (event, sequence) in zip(events, rest.next...) { _ = keep(encoder.encode(.event(event)), sequence) }
        spill?.synchronize()
    }

    /// Notes that the sink's thread is done with what it had in hand, save an entry that is begun.
    /// - Returns: whether it goes on: not if others have taken care of what it had, since nobody waits for it any more.
    private func settle(_ loss: WriteLoss, but begun: Int64?) -> Bool {
        guard let held = inHand.take(but: begun) else { return false }
        // What fails while the server goes on is told of in the sink, and would fail again.
        if let extent = loss.extent, queue.isClosing {
            giveUp(held.audit.filter { loss.contains($0.sequence) }, of: loss.count, from: extent.lowerBound)
        }
        return true
    }

    /// Takes entries and writes them until the queue is closed and empty.
    /// - Parameters:
    ///   - output: takes what is written.
    ///   - encoder: for what the sink has to say itself.
    ///   - note: tells of something in all sinks.
    func work(
        with output: consuming some EntryOutput & ~Copyable,
        _ encoder: consuming EntryEncoder,
        note: (ServerEvent) -> Void
    ) {
        var output = output
        var encoder = encoder
        var entries: [EncodedEntry] = []
        var report = SinkReport(name, instruments, heartbeat: heartbeat)
        var spilled = spill.map {
            SpillDelivery(name, section, from: $0, epoch: epoch, delivered: instruments.logSpillDelivered[name])
        }
        // The number behind the last entry that was written.
        var next: Int64 = 1
        var loss = WriteLoss()
        var nextTick = MonotonicTime.now + .seconds(1)
        while true {
            let own = report.due(filter)
            switch queue.take(into: &entries, extra: own.count, waiting: nextTick - .now) {
            case .end:
                // What was spilled last; there is nobody left to tell.
                if loss.isEmpty { _ = spilled?.deliver(to: &output, before: .max) }
                return
            case .nothing: break
            case .batch(let batch):
                inHand.hold(.init(entries, from: batch.first, filter))
                var sequence = batch.first
                for entry in entries {
                    output.add(entry, sequence)
                    sequence += 1
                }
                entries.removeAll(keepingCapacity: true)
                sequence = batch.own
                for event in SinkReport.tell(batch.losses, of: name, batch.firstLost)
                    + own.map({ report.event($0, before: batch.own) })
                {
                    if output.takesEvents {
                        output.add(encoder.encode(.event(event)), sequence)
                        instruments.events[event.name].add()
                    } else {
                        note(event.withoutSequences)
                    }
                    sequence += 1
                }
                next = sequence
                loss = output.flush()
                if output.begun != nil, queue.isDrained { loss += output.finish() }
                report.wrote(own, lost: loss)
                let goesOn = settle(loss, but: output.begun)
                for waiter in batch.waiters { waiter.arrive() }
                guard goesOn else { return }
                for command in batch.commands { output.perform(command) }
            }
            if loss.isEmpty, output.begun == nil, let (event, lost) = spilled?.deliver(to: &output, before: next) {
                loss = lost
                if let event { note(event) }
            }
            if MonotonicTime.now >= nextTick {
                output.tick()
                nextTick = .now + .seconds(1)
            }
        }
    }
}
