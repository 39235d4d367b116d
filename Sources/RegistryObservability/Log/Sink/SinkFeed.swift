//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Hands entries from the pipeline to the sinks, and takes care of audit entries that find no room.
///
/// Used by the pipeline's own thread only.
struct SinkFeed {
    private let sinks: [LogSink]
    private let instruments: Instruments
    private let auditDeadline: Duration
    private let note: (ServerEvent) -> Void
    /// Sinks whose audit entries go elsewhere, and where to; told of once.
    private var spilling: [LogSinkName: LogDropReason] = [:]

    /// - Parameters:
    ///   - auditDeadline: how long to wait for a sink.
    ///   - note: tells of that in the log.
    init(
        _ sinks: [LogSink],
        instruments: Instruments,
        auditDeadline: Duration,
        note: @escaping (ServerEvent) -> Void
    ) {
        self.sinks = sinks
        self.instruments = instruments
        self.auditDeadline = auditDeadline
        self.note = note
    }

    /// Offers entries to all sinks.
    ///
    /// A sink without room misses them. For audit entries it is waited, once until it takes entries again; then they are
    /// spilled.
    mutating func offer(_ entries: [EncodedEntry]) {
        for sink in sinks { offer(entries, to: sink) }
    }

    private mutating func offer(_ entries: [EncodedEntry], to sink: LogSink) {
        var start = 0
        var hasSpilled = false
        let dropped = instruments.logDropped[sink.name]
        while case .noRoom(let position) = sink.queue.push(entries, from: start, sink.filter, dropped: dropped) {
            start = position
            guard !sink.queue.waitForRoom(auditDeadline) else { continue }
            keep(entries[position], of: sink)
            hasSpilled = true
            start += 1
        }
        if hasSpilled { sink.spill?.synchronize() } else { spilling[sink.name] = nil }
    }

    /// Keeps an audit entry that its sink did not take in time.
    private mutating func keep(_ entry: EncodedEntry, of sink: LogSink) {
        let sequence = sink.queue.lose(.spilled)
        let failure = sink.keep(entry, sequence)
        let reason: LogDropReason = failure == nil ? .spilled : .auditLost
        if failure != nil { sink.queue.amend(.spilled, to: .auditLost) }
        instruments.logDropped[sink.name][reason].add()
        guard spilling[sink.name] != reason else { return }
        spilling[sink.name] = reason
        let name = ServerEvent.Field(.sink, .text(sink.name.rawValue))
        if let failure {
            note(ServerEvent(.auditSpillFailed, [name, .init(.cause, .text(failure))]))
        } else {
            note(ServerEvent(.auditSpilled, [name, .init(.path, .text(sink.spill?.path ?? ""))]))
        }
    }
}
