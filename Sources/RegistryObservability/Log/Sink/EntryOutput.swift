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

    /// The number of an entry of which a part is written; the next flush may write the rest.
    var begun: Int64? { get }

    /// Writes the rest of what is begun, or gives it up and takes back the part.
    /// - Returns: what could not be written.
    mutating func finish() -> WriteLoss

    /// Does what depends on time; called about once a second, also when there is nothing to write.
    mutating func tick()

    /// Does what the operator asked for.
    mutating func perform(_ command: LogCommand)
}

extension EntryOutput where Self: ~Copyable {
    var begun: Int64? { nil }

    mutating func finish() -> WriteLoss { flush() }
}

/// Entries lost to failed writes.
struct WriteLoss: Equatable {
    /// Their numbers.
    private(set) var ranges: [ClosedRange<Int64>] = []

    var count: Int { ranges.reduce(0) { $0 + $1.count } }
    var isEmpty: Bool { ranges.isEmpty }

    /// From the first to the last that is missing; nil if none is.
    var extent: ClosedRange<Int64>? {
        guard let first = ranges.lazy.map(\.lowerBound).min(), let last = ranges.lazy.map(\.upperBound).max() else {
            return nil
        }
        return first...last
    }

    func contains(_ sequence: Int64) -> Bool { ranges.contains { $0.contains(sequence) } }

    /// - Parameter sequences: follow each other.
    mutating func add(_ sequences: some BidirectionalCollection<Int64>) {
        guard let lowest = sequences.first, let highest = sequences.last else { return }
        add(lowest...highest)
    }

    static func += (left: inout WriteLoss, right: WriteLoss) { for range in right.ranges { left.add(range) } }

    private mutating func add(_ range: ClosedRange<Int64>) {
        if let last = ranges.last, last.upperBound + 1 == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound...range.upperBound
        } else {
            ranges.append(range)
        }
    }
}

/// What an output and its surroundings tell each other.
struct OutputContext: Sendable {
    let sink: LogSinkName
    let written: Counter
    private let writeFailures: Counter
    let lost: Counter
    /// Whether the server ends, so that what fails is not tried again.
    let isEnding: @Sendable () -> Bool
    /// Whether nobody waits for the output any more: what blocks it has blocked for too long at the server's end.
    let isAbandoned: @Sendable () -> Bool
    /// Tells the sink's queue that a write failed and is tried again.
    private let failed: @Sendable () -> Void
    /// What the operator asks for while a write is tried again: it may be what makes it succeed.
    let takeCommands: @Sendable () -> [LogCommand]
    /// Tells of something in the log.
    let note: @Sendable (ServerEvent) -> Void

    init(
        sink: LogSinkName,
        instruments: Instruments,
        isEnding: @escaping @Sendable () -> Bool = { true },
        isAbandoned: @escaping @Sendable () -> Bool = { false },
        failed: @escaping @Sendable () -> Void = {},
        takeCommands: @escaping @Sendable () -> [LogCommand] = { [] },
        note: @escaping @Sendable (ServerEvent) -> Void = { _ in }
    ) {
        self.sink = sink
        self.written = instruments.logEntries[sink]
        self.writeFailures = instruments.logWriteFailures[sink]
        self.lost = instruments.logDropped[sink][.writeFailed]
        self.isEnding = isEnding
        self.isAbandoned = isAbandoned
        self.failed = failed
        self.takeCommands = takeCommands
        self.note = note
    }

    /// Counts a write that failed, and has what finds no room behind it be lost to that.
    func fail() {
        writeFailures.add()
        failed()
    }

    var name: ServerEvent.Field { .init(.sink, .text(sink.rawValue)) }
}
