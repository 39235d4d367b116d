//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
import RegistryTelemetry
import Synchronization

/// An outbox in tables of SQLite (`LedgerSchema.outbox`): those of the ledger, or, where there is none, tables in memory.
///
/// Whose tables these are decides when an event comes into them, and tends it; everything from then on is here.
package final class SQLiteOutbox: Sendable {
    let writer: LedgerWriter
    let settings: Settings
    let pulls: PullEvents
    /// Nil where only the one that writes can see the tables.
    private let readers: ReaderPool?
    private let arrivals = Mutex<[@Sendable () -> Void]>([])
    /// Events that are out of their queues, which could not be recorded yet; by endpoint.
    let unsettled = Mutex<[String: [OutboxOutcome]]>([:])

    struct Settings: Sendable {
        /// Says which events are kept for whom; nil where nobody is told of any.
        var router: (any EventRouter)?
        /// How long events that all have are kept, for those who want them again.
        var history: Duration
        /// Whether events outlive the process.
        var isDurable = true
        /// Of all its tables, from which on no further event is taken; nil for no bound.
        var maximumBytes: Int64?

        /// Whether events that nobody needs are kept.
        var keepsDelivered: Bool { history > .zero }
    }

    init(_ settings: Settings, _ writer: LedgerWriter, _ readers: ReaderPool?, _ pulls: PullEvents) {
        self.settings = settings
        self.writer = writer
        self.readers = readers
        self.pulls = pulls
    }

    /// Reads a consistent state of the tables, with all in it that was submitted before.
    func read<Output: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(SQLiteError) -> Output
    ) async throws(LedgerError) -> Output {
        guard let readers else {
            return try await writer.output { (transaction) throws(SQLiteError) in try body(transaction.database) }
        }
        try await writer.settle()
        return try await readers.read(body)
    }

    // MARK: On the way into the queues

    /// Takes over events of pulls; those that cannot be kept now stay in memory.
    func takePulls() async {
        guard let router = settings.router else { return }
        let waiting = pulls.waiting
        // In pieces: what has gathered while nothing could be written would keep others for longer than it may take.
        for start in stride(from: 0, to: waiting.count, by: Self.pieceOfQueue) {
            let piece = waiting[start..<min(start + Self.pieceOfQueue, waiting.count)]
            let entries = piece.compactMap { router.route($0.event, by: $0.origin) }
            do throws(LedgerError) {
                try await writer.perform { [self] (transaction) throws(SQLiteError) in
                    try keep(entries, in: transaction)
                }
            } catch {
                // The owner says itself when it fails.
                return
            }
            pulls.drop(piece.count)
            if !entries.isEmpty { tellArrival() }
        }
    }

    /// Puts events that have come true into the queues of all that they are for, as far as there is room.
    func keep(_ entries: [OutboxEntry], in transaction: LedgerTransaction) throws(SQLiteError) {
        if let maximumBytes = settings.maximumBytes, try transaction.database.usedBytes() >= maximumBytes {
            return pulls.lose(entries.count)
        }
        for entry in entries { try transaction.release(entry) }
    }

    func tellArrival() {
        for body in arrivals.withLock({ $0 }) { body() }
    }

    package func onArrival(_ body: @escaping @Sendable () -> Void) { arrivals.withLock { $0.append(body) } }

    static let pieceOfQueue = 500
}

extension SQLiteOutbox: EventListener {
    package var wantsEvents: Bool { settings.router?.wantsEvents ?? false }
    package var wantsPulls: Bool { settings.router?.wantsPulls ?? false }

    package func pulled(_ event: StorageEvent, by origin: MutationOrigin) {
        pulls.add(.init(event: event, origin: origin))
    }
}
