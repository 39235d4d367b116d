//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Where a sink's entries go.
///
/// Used by the sink's own thread only; may block.
protocol EntryOutput: ~Copyable {
    /// Whether the sink can tell of itself in its own output; if not, it does in the other sinks.
    var takesEvents: Bool { get }

    /// Adds an entry. It is written now, or at the next `flush`.
    mutating func add(_ entry: EncodedEntry, _ sequence: Int64)

    /// Writes what was added.
    /// - Returns: what could not be written since the last flush.
    mutating func flush() -> WriteLoss

    /// Does what depends on time; called about once a second, also when there is nothing to write.
    mutating func tick()

    /// Does what the operator asked for.
    mutating func perform(_ command: LogCommand)
}

/// Entries lost to failed writes.
struct WriteLoss: Equatable {
    private(set) var count = 0
    private(set) var first: Int64 = 0
    private(set) var last: Int64 = 0

    /// - Parameter sequences: in ascending order.
    mutating func add(_ sequences: some BidirectionalCollection<Int64>) {
        guard let lowest = sequences.first, let highest = sequences.last else { return }
        if count == 0 { first = lowest }
        last = highest
        count += sequences.count
    }

    static func += (left: inout WriteLoss, right: WriteLoss) {
        guard right.count > 0 else { return }
        if left.count == 0 { left.first = right.first }
        left.last = right.last
        left.count += right.count
    }
}

/// What an output and its surroundings tell each other.
struct OutputContext: Sendable {
    let sink: LogSinkName
    let written: Counter
    let writeFailures: Counter
    let lost: Counter
    /// Whether the server ends, so that what fails is not tried again.
    let isEnding: @Sendable () -> Bool
    /// Whether nobody waits for the output any more: what blocks it has blocked for too long at the server's end.
    let isAbandoned: @Sendable () -> Bool
    /// Tells of something in the log.
    let note: @Sendable (ServerEvent) -> Void

    init(
        sink: LogSinkName,
        instruments: Instruments,
        isEnding: @escaping @Sendable () -> Bool = { true },
        isAbandoned: @escaping @Sendable () -> Bool = { false },
        note: @escaping @Sendable (ServerEvent) -> Void = { _ in }
    ) {
        self.sink = sink
        self.written = instruments.logEntries[sink]
        self.writeFailures = instruments.logWriteFailures[sink]
        self.lost = instruments.logDropped[sink][.writeFailed]
        self.isEnding = isEnding
        self.isAbandoned = isAbandoned
        self.note = note
    }

    var name: ServerEvent.Field { .init(.sink, .text(sink.rawValue)) }
}
