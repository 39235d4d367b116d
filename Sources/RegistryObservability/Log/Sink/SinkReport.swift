//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What a sink has to say of itself, and when.
struct SinkReport {
    private let name: LogSinkName
    private let instruments: Instruments
    private let heartbeat: Duration
    private var nextHeartbeat: MonotonicTime
    /// Losses of writes that are not told of yet.
    private var loss = WriteLoss()
    /// Writing failed the last time, so that telling of it now would be lost too.
    private var isFailing = false

    enum Item: Equatable {
        case writeLoss(WriteLoss)
        case heartbeat
    }

    init(_ name: LogSinkName, _ instruments: Instruments, heartbeat: Duration) {
        self.name = name
        self.instruments = instruments
        self.heartbeat = heartbeat
        self.nextHeartbeat = .now + heartbeat
    }

    /// What is to be said now.
    ///
    /// It is about the sink, so its choice of kinds does not matter.
    func due(_ filter: SinkFilter) -> [Item] {
        var items: [Item] = []
        if !loss.isEmpty, !isFailing { items.append(.writeLoss(loss)) }
        if .now >= nextHeartbeat, filter.eventLevel <= .info { items.append(.heartbeat) }
        return items
    }

    /// Notes that the items were said, or what was lost at that.
    mutating func wrote(_ items: [Item], lost newLoss: WriteLoss) {
        if items.contains(.heartbeat) { nextHeartbeat = .now + heartbeat }
        isFailing = !newLoss.isEmpty
        // If telling of a loss is lost too, both are told the next time.
        if !isFailing, items.contains(where: { $0 != .heartbeat }) { loss = WriteLoss() }
        loss += newLoss
    }

    func event(_ item: Item, before sequence: Int64) -> ServerEvent {
        switch item {
        case .writeLoss(let loss):
            return Self.dropped(loss.count, of: name, .writeFailed, loss.extent)
        case .heartbeat:
            let dropped = instruments.logDropped[name]
            func count(_ field: EventField, _ counter: Counter) -> ServerEvent.Field {
                .init(field, .number(counter.value))
            }
            return ServerEvent(
                .logHeartbeat,
                [
                    .init(.sink, .text(name.rawValue)),
                    count(.written, instruments.logEntries[name]),
                    .init(.lastSequence, .number(sequence - 1)),
                    count(.droppedPipelineFull, dropped[.pipelineFull]),
                    count(.droppedQueueFull, dropped[.queueFull]),
                    count(.droppedWriteFailed, dropped[.writeFailed]),
                    count(.droppedAuditLost, dropped[.auditLost]),
                    count(.spilled, dropped[.spilled]),
                ]
            )
        }
    }

    /// What to say of entries that never came here: an event for each reason.
    static func tell(_ losses: LogLosses, of name: LogSinkName, _ first: Int64) -> [ServerEvent] {
        losses.reasons.map { reason in
            let range = reason == .pipelineFull ? nil : first...(first + Int64(losses.numbered) - 1)
            return dropped(losses[reason], of: name, reason, range)
        }
    }

    /// - Parameter range: the numbers that are missing, of which other reasons may have their part.
    static func dropped(
        _ count: Int,
        of name: LogSinkName,
        _ reason: LogDropReason,
        _ range: ClosedRange<Int64>?
    ) -> ServerEvent {
        var fields: [ServerEvent.Field] = [
            .init(.sink, .text(name.rawValue)),
            .init(.lost, .number(Int64(count))),
            .init(.reason, .text(reason.rawValue)),
        ]
        if let range {
            fields.append(.init(.firstSequence, .number(range.lowerBound)))
            fields.append(.init(.lastSequence, .number(range.upperBound)))
        }
        return ServerEvent(.logDropped, fields)
    }
}

extension ServerEvent {
    /// The same for a reader who does not see the numbers.
    var withoutSequences: ServerEvent {
        let numbers: [EventField] = [.firstSequence, .lastSequence]
        return ServerEvent(name, fields.filter { field in !numbers.contains { $0.rawValue == field.key } })
    }
}
