//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryModel
package import RegistryStorage
import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Does the maintenance of a storage, one thing after the other: when it is due, and when somebody asks for it.
package final class MaintenanceCenter: Service, Sendable {
    let context: StoreContext
    let driver: any StorageDriver
    let ledger: SQLiteLedger?
    let gate: Gate
    private let started = WallTime.now
    let monitor: CollectionMonitor
    let state: Mutex<State>
    /// Rings when there is something new to do.
    let wakeup = Wakeup()

    /// What is done from time to time.
    package struct Settings: Sendable, Equatable {
        /// Nil where garbage is collected only when somebody asks for it.
        package var collection: MaintenanceSchedule?
        /// How it is collected.
        package var collecting: CollectionSettings
        package var scrub: MaintenanceSchedule?
        /// Bytes a second.
        package var scrubBudget: Int?

        package init(
            collection: MaintenanceSchedule? = nil,
            collecting: CollectionSettings = CollectionSettings(),
            scrub: MaintenanceSchedule? = nil,
            scrubBudget: Int? = nil
        ) {
            self.collection = collection
            self.collecting = collecting
            self.scrub = scrub
            self.scrubBudget = scrubBudget
        }
    }

    /// Says whether the storage may be changed.
    package struct Gate: Sendable {
        /// Nil where it may; else why not.
        ///
        /// `leave` must follow where it may.
        package var enter: @Sendable () -> String?
        package var leave: @Sendable () -> Void

        package init(enter: @escaping @Sendable () -> String?, leave: @escaping @Sendable () -> Void) {
            self.enter = enter
            self.leave = leave
        }

        package static let open = Gate(enter: { nil }, leave: {})
    }

    enum Job: Sendable {
        case collect(CollectionSettings, isDryRun: Bool, MutationOrigin)
        case scrub(MutationOrigin)
        case emptyTrash
    }

    struct State {
        var settings: Settings
        /// What was asked for and has not begun.
        var waiting: Job?
        var running: (job: Job, task: Task<Void, Never>)?
        var lastCollection = MaintenanceRecord.Collection()
        var lastReport: CollectionReport?
        var lastPlan: CollectionPlan?
        var planFailure: String?
        var scrub = ScrubPosition()
        var lastEmptied: ContinuousClock.Instant?
        /// Whether a check of content goes on: it was asked for, and not ended by anybody.
        var scrubs = false
        /// Whether somebody has ended one: none is begun then until somebody asks for it, or the server is started again.
        var wasStopped = false
        /// Checks of content that have come to their end.
        var scrubsDone = 0
        /// What the check has found that is under way, or the last one, since the server was started; no more than can
        /// be told at once.
        var findings: [Scrub.Finding] = []
        /// Why the check does not go on at present.
        var scrubTrouble: String?
        /// Collections and plans that have ended.
        var done = 0
    }

    /// - Parameter driver: of the storage; what it is asked in the background is not measured as work of requests.
    package init(
        _ context: StoreContext,
        driver: any StorageDriver,
        ledger: SQLiteLedger?,
        _ settings: Settings,
        gate: Gate = .open
    ) {
        self.context = context
        self.driver = driver
        self.ledger = ledger
        self.gate = gate
        self.monitor = CollectionMonitor(context.instruments.maintenance)
        self.state = Mutex(State(settings: settings))
        context.instruments.maintenance.interval.set(settings.collection?.seconds ?? 0)
    }

    /// Goes on with other settings; what has begun keeps its own.
    package func configure(_ settings: Settings) {
        let instruments = context.instruments.maintenance
        let isNew = state.withLock { state in
            defer { state.settings = settings }
            return state.settings.collection != settings.collection
        }
        // First, so that no scrape finds the new interval with the old moment.
        if isNew { instruments.scheduled.set(WallTime.now.microseconds / 1_000_000) }
        instruments.interval.set(settings.collection?.seconds ?? 0)
        wakeup.set()
    }

    /// Runs until the server goes down.
    package func run() async {
        await cancelWhenGracefulShutdown { await self.work() }
    }

    private func work() async {
        await remember()
        while !Task.isCancelled {
            switch next() {
            case .job(let job): await perform(job)
            case .pause(let pause): await wakeup.wait(atMost: pause)
            }
        }
    }

    private func remember() async {
        let record = MaintenanceRecord(driver: driver)
        let (collection, position) = (await record.collection(), await record.scrub())
        state.withLock { state in
            state.lastCollection = collection
            state.scrub = position
            // A round that was begun goes on.
            state.scrubs = position.began != nil
        }
        let instruments = context.instruments.maintenance
        instruments.lastSuccess.set((collection.completed?.microseconds ?? 0) / 1_000_000)
        instruments.scrubLast.set((position.completed?.microseconds ?? 0) / 1_000_000)
        await Trash(context, driver: driver).measure()
    }

    private enum Next {
        case job(Job)
        /// Nothing is due until then.
        case pause(Duration)
    }

    /// How often the trash is emptied of what is old.
    private static let emptying = Duration.seconds(600)
    /// The longest time between two looks at the clock, which may be set.
    private static let longestPause = Duration.seconds(60)

    /// What is to be done now.
    private func next() -> Next {
        let now = WallTime.now
        return state.withLock { state in
            if let job = state.waiting {
                state.waiting = nil
                return .job(job)
            }
            let settings = state.settings
            var pause = Self.longestPause
            /// Whether a moment is there; else it is waited for.
            func isThere(_ due: WallTime?) -> Bool {
                guard let due else { return false }
                let left = Duration.microseconds(due.microseconds - now.microseconds)
                if left > .zero { pause = min(pause, left) }
                return left <= .zero
            }
            if isThere(settings.collection?.due(last: state.lastCollection.began, started: started)) {
                return .job(.collect(settings.collecting, isDryRun: false, MutationOrigin(actor: "garbage-collect")))
            }
            if settings.collecting.grace != nil {
                let left = state.lastEmptied.map { $0 + Self.emptying - .now } ?? .zero
                guard left > .zero else {
                    state.lastEmptied = .now
                    return .job(.emptyTrash)
                }
                pause = min(pause, left)
            }
            if !state.wasStopped, isThere(settings.scrub?.due(last: state.scrub.completed, started: started)) {
                state.scrubs = true
            }
            return state.scrubs ? .job(.scrub(MutationOrigin(actor: "scrub"))) : .pause(pause)
        }
    }

    /// Does a job, which can be ended by `stop`.
    private func perform(_ job: Job) async {
        let task = Task { await self.run(job) }
        state.withLock { $0.running = (job, task) }
        await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        state.withLock { state in
            state.running = nil
            if case .collect = job { state.done += 1 }
        }
    }

    private func run(_ job: Job) async {
        switch job {
        case .collect(let settings, isDryRun: true, let origin): await plan(settings, origin)
        case .collect(let settings, isDryRun: false, let origin): await collect(settings, origin)
        case .scrub(let origin): await scrub(origin)
        case .emptyTrash: await emptyTrash()
        }
    }
}
