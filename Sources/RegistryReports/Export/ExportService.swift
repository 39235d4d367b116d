//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
package import RegistryTelemetry
import ServiceLifecycle

/// Makes the exports of schedules when they are due; after a restart the last one that was missed is caught up.
///
/// What was made is known from the ledger, and from the place of the exports where the ledger was lost.
package struct ExportService: Service {
    private let schedules: [ExportSchedule]
    private let exporter: Exporter
    private let ledger: SQLiteLedger
    private let instruments: ExportInstruments
    private let observer: any Observer
    private let changes: Changes
    private let now: @Sendable () -> WallTime

    /// How the registry may be changed, as far as exports go to repositories.
    package struct Changes: Sendable {
        /// False while it must not be changed; each true is followed by an end.
        let begin: @Sendable () -> Bool
        let end: @Sendable () -> Void

        package init(begin: @escaping @Sendable () -> Bool, end: @escaping @Sendable () -> Void) {
            self.begin = begin
            self.end = end
        }
    }

    /// - Parameter now: the clock that schedules are kept by.
    package init(
        _ schedules: [ExportSchedule],
        _ exporter: Exporter,
        _ ledger: SQLiteLedger,
        instruments: ExportInstruments,
        observer: any Observer,
        changes: Changes,
        now: @escaping @Sendable () -> WallTime = { .now }
    ) {
        self.schedules = schedules
        self.exporter = exporter
        self.ledger = ledger
        self.instruments = instruments
        self.observer = observer
        self.changes = changes
        self.now = now
    }

    /// The longest time between two looks at the clock, which may be set.
    private static let interval = Duration.seconds(30)
    /// After a failure.
    private static let pause: Int64 = 300

    /// Runs until the server goes down, or the task is cancelled; an export that is under way is given up then.
    package func run() async {
        await cancelWhenGracefulShutdown {
            var retries: [String: Int64] = [:]
            await recall()
            while !Task.isCancelled {
                await round(&retries)
                let time = seconds
                let next = schedules.map { $0.next(after: time) }.min() ?? .max
                // A ledger that is not complete yet is asked again soon.
                let pause = ledger.standing.state == .current ? Self.interval : .seconds(1)
                do {
                    try await Task.sleep(for: min(pause, .seconds(max(min(next - time, 3600), 1))))
                } catch {
                    return
                }
            }
        }
    }

    /// When something was published last, by an earlier run of the server.
    private func recall() async {
        for schedule in schedules {
            guard let note = try? await note(of: schedule) else { continue }
            instruments.published(by: schedule.name, at: note.time)
        }
    }

    private var seconds: Int64 { now().microseconds / 1_000_000 }

    /// Makes all exports that are due.
    /// - Parameter retries: when a schedule that failed is tried again, in seconds since 1970.
    package func round(_ retries: inout [String: Int64]) async {
        for schedule in schedules where !Task.isCancelled {
            // What is not known completely is not told as if it were.
            guard ledger.standing.state == .current, seconds >= retries[schedule.name] ?? .min else { continue }
            let slot = schedule.slot(at: seconds)
            do throws(ReportFailure) {
                guard try await note(of: schedule)?.slot ?? .min < slot else { continue }
                guard try await make(schedule, slot) else { continue }
                retries[schedule.name] = nil
            } catch {
                retries[schedule.name] = seconds + Self.pause
                instruments.exports[.failed].add()
                observer.note(
                    ServerEvent(
                        .exportFailed,
                        [.init(.export, .text(schedule.exportName(of: slot))), .init(.cause, .text(error.message))]
                    )
                )
            }
        }
    }

    /// - Returns: false where the registry must not be changed now.
    private func make(_ schedule: ExportSchedule, _ slot: Int64) async throws(ReportFailure) -> Bool {
        if case .repository = schedule.target, !changes.begin() { return false }
        defer { if case .repository = schedule.target { changes.end() } }
        let start = ContinuousClock.now
        let outcome = try await exporter.run(schedule, slot)
        try await remember(schedule, slot)
        guard case .published(let manifest) = outcome else { return true }
        instruments.exports[.published].add()
        instruments.published(by: schedule.name, at: seconds)
        observer.note(
            ServerEvent(
                .exportPublished,
                [
                    .init(.export, .text(manifest.name)),
                    .init(.size, .number(manifest.files.reduce(0) { $0 + $1.size })),
                    .init(.took, .number(Int64((ContinuousClock.now - start) / .microseconds(1)))),
                ]
            )
        )
        return true
    }

    /// What the ledger knows of a schedule.
    private struct Note {
        /// The last moment of which there is an export, in seconds since 1970.
        var slot: Int64
        /// When that was published.
        var time: Int64
    }

    private func note(of schedule: ExportSchedule) async throws(ReportFailure) -> Note? {
        do throws(LedgerError) {
            let numbers = try await ledger.note("export.\(schedule.name)")?.split(separator: " ").compactMap {
                Int64($0)
            }
            guard let numbers, numbers.count == 2 else { return nil }
            return Note(slot: numbers[0], time: numbers[1])
        } catch {
            throw ReportFailure(.unavailable, "the ledger cannot be read: \(error)")
        }
    }

    private func remember(_ schedule: ExportSchedule, _ slot: Int64) async throws(ReportFailure) {
        do throws(LedgerError) {
            try await ledger.setNote("export.\(schedule.name)", "\(slot) \(seconds)")
        } catch {
            throw ReportFailure(.unavailable, "the ledger cannot be written: \(error)")
        }
    }
}
