//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry
import Synchronization

/// The ledger in a file of SQLite, of which one process at a time is the owner.
///
/// It is opened before the first change, and told of all of them from then on. When it cannot be used it says so, takes
/// the mark from the storage by which a ledger is known to be current, and is compared with the storage when it can be
/// used again.
package final class SQLiteLedger: Sendable {
    let settings: Settings
    let tree: TreeReader
    let driver: any StorageDriver
    let observer: any Observer
    let instruments: LedgerInstruments
    let readers: ReaderPool
    let writer: LedgerWriter
    let spool: OutboxSpool
    /// Events for others.
    package let outbox: SQLiteOutbox
    let state: Mutex<State>

    package struct Settings: Sendable {
        /// The file.
        package var path: String
        /// The part of the time that comparing in the background may take, above 0 and at most 1.
        package var pace = 0.5
        /// Whether listings are made from it: not where other servers change the same storage.
        package var servesListings = true
        /// How long a transaction may take before the ledger counts as hung.
        package var patience = Duration.seconds(5)
        /// How long opening it may take, before the server starts without it: bringing an older one up to date reads all
        /// of it.
        package var openingPatience = Duration.seconds(20)
        /// How long use is kept day by day; nil for ever.
        package var usageAge: Duration?
        /// Counts the use of repositories; nil where nobody does.
        package var usage: UsageCounter?
        /// Says which events are kept for whom; nil where nobody is told of any.
        package var router: (any EventRouter)?
        /// How long events that all have are kept, for those who want them again.
        package var history = Duration.seconds(86_400)

        package init(path: String) { self.path = path }
    }

    struct State {
        var phase = LedgerState.off
        var cause: LedgerError?
        var changes = OpenChanges(startingAt: WallTime.now.microseconds)
        /// Changes whose outcome only the storage can tell, by the ids of their intents.
        var uncertain: [Int64: [StorageItem]] = [:]
        /// Events of changes that are under way, by the ids of their intents.
        var promised: [Int64: [PromisedEvent]] = [:]
        /// Whether a change was missed, so that all must be compared.
        var hasMissed = false
        var progress: LedgerProgress?
        var lock: LedgerLock?
        /// Whether the file is being opened, which takes as long as its disk does.
        var isOpening = false
        /// What the mark in the storage says.
        var epoch = ""
        /// For which the work of a day is done, in days since 1970.
        var lastDay: Int64?

        /// Whether changes can be recorded.
        var isUsable: Bool { phase == .current || phase == .catchingUp }
    }

    /// - Parameters:
    ///   - driver: of the storage; what it is asked in the background is not measured as work of requests.
    ///   - pool: for reading the file.
    package init(
        _ settings: Settings,
        driver: any StorageDriver,
        pool: IOPool,
        instruments: LedgerInstruments,
        observer: any Observer
    ) {
        self.settings = settings
        self.driver = driver
        self.tree = TreeReader(driver)
        self.observer = observer
        self.instruments = instruments
        self.readers = ReaderPool(settings.path, pool)
        self.spool = OutboxSpool(settings.path + ".events", instruments.outbox)
        self.state = Mutex(State())
        // The writer fails into the ledger that owns it.
        let relay = FailureRelay()
        self.writer = LedgerWriter(instruments) { relay.tell($0) }
        self.outbox = SQLiteOutbox(
            .init(router: settings.router, history: settings.history),
            writer,
            readers,
            PullEvents(settings.path + ".pulls", instruments.outbox)
        )
        relay.ledger.withLock { $0 = WeakLedger(value: self) }
        instruments.set(.off)
    }

    /// Whether changes can be recorded at present.
    var isUsable: Bool { state.withLock(\.isUsable) }

    /// How it is.
    package var standing: LedgerStanding {
        state.withLock { LedgerStanding(state: $0.phase, cause: $0.cause, progress: $0.progress) }
    }

    /// Reads a consistent state of the tables, with all changes in it that ended before.
    /// - Parameter pool: for reading that takes long; else that of short reads.
    func read<Output: Sendable>(
        on pool: IOPool? = nil,
        _ body: @escaping @Sendable (LedgerReading) throws(SQLiteError) -> Output
    ) async throws(LedgerError) -> Output {
        try await writer.settle()
        return try await readers.read(on: pool) { (connection) throws(SQLiteError) in
            try body(LedgerReading(database: connection))
        }
    }

    // MARK: States

    /// - Parameter isDue: decides, at the moment of entering, whether it still is so.
    func enter(_ phase: LedgerState, _ cause: LedgerError? = nil, where isDue: (State) -> Bool = { _ in true }) {
        let previous = state.withLock { state -> (phase: LedgerState, cause: LedgerError?)? in
            guard isDue(state) else { return nil }
            defer {
                state.phase = phase
                state.cause = cause
                if phase != .catchingUp { state.progress = nil }
            }
            return (phase: state.phase, cause: state.cause)
        }
        guard let previous, previous.phase != phase || previous.cause?.kind != cause?.kind else { return }
        instruments.set(phase)
        switch phase {
        case .degraded:
            observer.note(
                ServerEvent(
                    .ledgerDegraded,
                    [.init(.path, .text(settings.path)), .init(.cause, .text(cause?.description ?? ""))]
                )
            )
        case .current where previous.phase != .off:
            observer.note(ServerEvent(.ledgerCurrent, [.init(.path, .text(settings.path))]))
        case .catchingUp:
            observer.note(ServerEvent(.ledgerCatchingUp, [.init(.path, .text(settings.path))]))
        case .current, .off: break
        }
    }

    /// The file cannot be used any more; the writer has let go of it.
    func degrade(_ error: LedgerError) {
        spool.activate()
        readers.close()
        enter(.degraded, error)
    }

    /// Notes that a change is made of which the ledger does not know: before it is made, so that a crash does not hide it.
    func miss() async {
        state.withLock { $0.hasMissed = true }
        instruments.changes[.missed].add()
        do throws(StorageError) {
            try await driver.discard(DiskLayout.ledgerMark)
        } catch {
            // Gone already, or the storage fails, and then so does what is about to be changed.
        }
    }
}

/// How the ledger is.
package struct LedgerStanding: Sendable {
    package var state: LedgerState
    /// Why it cannot be used.
    package var cause: LedgerError?
    /// While it is catching up.
    package var progress: LedgerProgress?
}

/// How far a comparison has come.
package struct LedgerProgress: Sendable {
    /// Parts of the content that were gone through, of `LedgerComparison.shardCount`.
    package var shards = 0
    /// Blobs that were looked at.
    package var blobs = 0
    package var repositories = 0
    /// Nil as long as it is not known.
    package var totalRepositories: Int?
    /// The last repository.
    package var repository: String?
    /// Differences that were found, and mended if it mends.
    package var differences = 0
    package var elapsed = Duration.zero
    /// Where the repositories began: how many were done by an earlier run, and when.
    var first: (count: Int, elapsed: Duration)?

    package init() {}

    /// Nil as long as it cannot be told.
    package var secondsLeft: Int? {
        guard let first, let totalRepositories, repositories > first.count else { return nil }
        let done = Double(repositories - first.count)
        let spent = (elapsed - first.elapsed) / .milliseconds(1) / 1000
        return Int(spent / done * Double(max(totalRepositories - repositories, 0)))
    }
}

private struct WeakLedger: Sendable {
    weak var value: SQLiteLedger?
}

/// Breaks the circle between a ledger and its writer.
private final class FailureRelay: Sendable {
    let ledger = Mutex(WeakLedger())

    func tell(_ error: LedgerError) { ledger.withLock { $0.value }?.degrade(error) }
}
