//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryTelemetry
import Synchronization

// The bounds of the queue, its figures, and what was lost.

extension EndpointWorker {
    /// Between two looks.
    static let tendingPause = Duration.seconds(2)

    func tend() async {
        while !Task.isCancelled {
            let isStopping = state.withLock(\.isStopping)
            if !isStopping { await trim() }
            if let depth = try? await context.outbox.depth(of: name) {
                instruments.pending.set(depth.count)
                instruments.bytes.set(depth.bytes)
                instruments.oldest.set(depth.oldest ?? 0)
                instruments.deadLetters.set(depth.deadLetters)
            }
            tellLosses()
            guard !isStopping else { return }
            await tending.wait(atMost: Self.tendingPause)
        }
    }

    private func trim() async {
        let (queue, dead) = (plan.settings.queue, plan.settings.deadLetters)
        let time = time
        let bounds = OutboxBounds(
            count: queue.count ?? .max,
            bytes: queue.bytes ?? .max,
            time: queue.age.map { time - $0.microseconds } ?? .min,
            deadLetters: dead.count ?? .max,
            deathTime: dead.age.map { time - $0.microseconds } ?? .min
        )
        guard let trim = try? await context.outbox.trim(name, to: bounds) else { return }
        lose(trim.count, .count)
        lose(trim.bytes, .bytes)
        lose(trim.age, .age)
        loseDeadLetters(trim.deadByCount, .count)
        loseDeadLetters(trim.deadByAge, .age)
        if let last = trim.last { discard { $0.position <= last } }
    }

    private func loseDeadLetters(_ count: Int64, _ reason: DeadLetterLoss) {
        guard count > 0 else { return }
        instruments.droppedDeadLetters[reason].add(count)
        state.withLock { $0.lostDeadLetters[reason, default: 0] += count }
    }

    func lose(_ count: Int64, _ reason: NotificationLoss) {
        guard count > 0 else { return }
        instruments.dropped[reason].add(count)
        instruments.deliveries[.lost].add(count)
        state.withLock { $0.lost[reason, default: 0] += count }
    }

    /// One event for all that were lost for the same reason since the last look.
    private func tellLosses() {
        let (lost, deadLetters) = state.withLock { state in
            defer { (state.lost, state.lostDeadLetters) = ([:], [:]) }
            return (state.lost, state.lostDeadLetters)
        }
        for reason in NotificationLoss.allCases where reason != .dropped {
            if let count = lost[reason] { tellLoss(.notificationsDropped, reason.rawValue, count) }
        }
        for reason in DeadLetterLoss.allCases {
            if let count = deadLetters[reason] { tellLoss(.deadLettersDropped, reason.rawValue, count) }
        }
    }

    private func tellLoss(_ event: EventName, _ reason: String, _ count: Int64) {
        let fields: [ServerEvent.Field] = [
            .init(.endpoint, .text(name)), .init(.reason, .text(reason)), .init(.lost, .number(count)),
        ]
        context.observer.note(ServerEvent(event, fields))
    }
}
