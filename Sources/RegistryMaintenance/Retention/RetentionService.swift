//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryModel
package import RegistryStorage
package import RegistryTelemetry
import ServiceLifecycle

/// Removes tags by policy at intervals, and when asked.
package struct RetentionService: Service {
    private let settings: Settings
    private let ledger: SQLiteLedger
    private let context: StoreContext
    private let isFixed: @Sendable (_ repository: String, _ tag: String) -> Bool
    private let changes: Changes

    /// `storage.maintenance.retention`.
    package struct Settings: Sendable, Equatable {
        package var policy: TagPolicy
        /// The time from the end of a round to the next; nil for rounds that are asked for only.
        package var interval: Duration?
        /// Whether a round only tells what it would remove.
        package var isDryRun: Bool

        package init(policy: TagPolicy, interval: Duration?, isDryRun: Bool) {
            self.policy = policy
            self.interval = interval
            self.isDryRun = isDryRun
        }
    }

    /// What a round asks whether it may change anything, and tells when it has ended.
    package struct Changes: Sendable {
        package var begin: @Sendable () -> Bool
        package var end: @Sendable () -> Void

        package init(begin: @escaping @Sendable () -> Bool, end: @escaping @Sendable () -> Void) {
            self.begin = begin
            self.end = end
        }
    }

    /// - Parameter isFixed: tags that must stay whatever the policy says.
    package init(
        _ settings: Settings,
        _ ledger: SQLiteLedger,
        _ context: StoreContext,
        changes: Changes,
        isFixed: @escaping @Sendable (_ repository: String, _ tag: String) -> Bool
    ) {
        self.settings = settings
        self.ledger = ledger
        self.context = context
        self.changes = changes
        self.isFixed = isFixed
    }

    /// Runs rounds until the server goes down.
    ///
    /// The first comes at a random time of the first hour, as that of the purging of uploads does.
    package func run() async {
        guard let interval = settings.interval else { return }
        await cancelWhenGracefulShutdown {
            var pause = Duration.seconds(Int64.random(in: 0..<3600))
            while !Task.isCancelled {
                do { try await Task.sleep(for: pause) } catch { return }
                _ = try? await round(isDryRun: settings.isDryRun)
                pause = interval
            }
        }
    }

    /// Why there was no round.
    package enum Refusal: Error, Sendable {
        case readOnly
        case ledger(LedgerError)
    }

    /// Goes through all repositories once, and tells of what it found.
    /// - Parameter each: told of every tag that is removed, or would be.
    package func round(
        isDryRun: Bool,
        at now: WallTime = .now,
        _ each: (RetentionRound.Removal) -> Void = { _ in }
    ) async throws(Refusal) -> RetentionRound.Report {
        guard isDryRun || changes.begin() else { throw .readOnly }
        defer { if !isDryRun { changes.end() } }
        let round = RetentionRound(settings.policy, ledger, isFixed: isFixed)
        do throws(LedgerError) {
            guard !isDryRun else { return try await round.simulate(at: now, each) }
            let report = try await round.run(TagStore(context), at: now) { removal in
                note(removal)
                each(removal)
            }
            note(report)
            return report
        } catch {
            context.observer.note(ServerEvent(.retentionFailed, [.init(.cause, .text(error.description))]))
            throw .ledger(error)
        }
    }

    private func note(_ removal: RetentionRound.Removal) {
        context.observer.note(
            ServerEvent(
                .tagExpired,
                [
                    .init(.repository, .text(removal.repository)), .init(.tag, .text(removal.tag.name)),
                    .init(.digest, .text(removal.tag.digest?.description ?? "")), .init(.reason, .text(removal.place)),
                ]
            )
        )
    }

    private func note(_ report: RetentionRound.Report) {
        let instruments = context.instruments.retention
        instruments.tags[.removed].add(Int64(report.removed))
        instruments.tags[.spared].add(Int64(report.spared))
        instruments.tags[.failed].add(Int64(report.failed))
        guard let failure = report.failure else {
            instruments.lastSuccess.set(WallTime.now.microseconds / 1_000_000)
            return
        }
        context.observer.note(ServerEvent(.retentionFailed, [.init(.cause, .text(failure))]))
    }
}
