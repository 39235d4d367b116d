//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Brings spilled audit entries to their sink, on the sink's thread, once it writes again.
///
/// They keep their run and their number, so that they fill the gap they left.
struct SpillDelivery {
    private let sink: LogSinkName
    private let section: EncodedEntry.Section
    private let spill: AuditSpill
    private let epoch: String
    private let delivered: Counter
    /// What failed is told of, and tried again then.
    private var retry: MonotonicTime?
    /// Entries since the file was last empty.
    private var count: Int64 = 0

    /// - Parameter epoch: this run.
    init(
        _ sink: LogSinkName,
        _ section: EncodedEntry.Section,
        from spill: AuditSpill,
        epoch: String,
        delivered: Counter
    ) {
        self.sink = sink
        self.section = section
        self.spill = spill
        self.epoch = epoch
        self.delivered = delivered
    }

    /// Writes what was spilled, one entry after the other, each marked as soon as it is written.
    /// - Parameters:
    ///   - output: writes now.
    ///   - next: entries of this run from this number on wait until those before them are written.
    /// - Returns: what to tell of it, and what could not be written; the latter is still in the file.
    mutating func deliver(
        to output: inout some EntryOutput & ~Copyable,
        before next: Int64
    ) -> (event: ServerEvent?, loss: WriteLoss) {
        guard spill.hasContent, retry.map({ $0 <= .now }) ?? true else { return (nil, WriteLoss()) }
        while true {
            switch spill.next() {
            case .failure(let cause): return (fail(cause), WriteLoss())
            case .end:
                // What was written must last before the file goes.
                output.tick()
                spill.removeIfDelivered()
                guard count > 0 else { return (nil, WriteLoss()) }
                defer { count = 0 }
                return (
                    ServerEvent(
                        .auditSpillDelivered,
                        [name, .init(.entries, .number(count)), .init(.path, .text(spill.path))]
                    ), WriteLoss()
                )
            case .line(let line):
                guard let spilled = SpilledEntry(line, of: sink, section) else {
                    return (fail("\(spill.path): was written for another sink or form"), WriteLoss())
                }
                guard spilled.epoch != epoch || spilled.sequence < next else { return (nil, WriteLoss()) }
                output.add(spilled.entry, spilled.sequence)
                var loss = output.flush()
                // What is not wholly written is not delivered.
                if output.begun != nil { loss += output.finish() }
                guard loss.isEmpty else { return (nil, loss) }
                delivered.add()
                count += 1
                if let cause = spill.deliver(line) { return (fail(cause), WriteLoss()) }
            }
        }
    }

    /// Between two attempts to deliver what could not be read or marked.
    private static let pause = Duration.seconds(60)

    private var name: ServerEvent.Field { .init(.sink, .text(sink.rawValue)) }

    private mutating func fail(_ cause: String) -> ServerEvent {
        retry = .now + Self.pause
        return ServerEvent(.auditSpillStuck, [name, .init(.cause, .text(cause))])
    }
}
