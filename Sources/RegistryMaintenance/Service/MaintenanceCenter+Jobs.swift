//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import Synchronization

extension MaintenanceCenter {
    private var instruments: MaintenanceInstruments { context.instruments.maintenance }
    private var record: MaintenanceRecord { MaintenanceRecord(driver: driver) }
    private var trash: Trash { Trash(context, driver: driver) }

    func plan(_ settings: CollectionSettings, _ origin: MutationOrigin) async {
        let collector = Collector(context, driver: driver, ledger: ledger, settings, monitor: monitor, by: origin)
        do throws(CollectionError) {
            let plan = try await collector.plan()
            state.withLock { state in
                state.lastPlan = plan
                state.planFailure = nil
            }
        } catch {
            state.withLock { state in
                state.lastPlan = nil
                state.planFailure = error.description
            }
        }
    }

    func collect(_ settings: CollectionSettings, _ origin: MutationOrigin) async {
        let began = WallTime.now
        state.withLock { $0.lastCollection.began = began }
        if let refusal = gate.enter() {
            var report = CollectionReport(run: "", began: began)
            report.result = .failed
            report.failure = refusal
            return await conclude(report)
        }
        defer { gate.leave() }
        let collector = Collector(context, driver: driver, ledger: ledger, settings, monitor: monitor, by: origin)
        var report = await collector.run { plan in
            state.withLock { $0.lastPlan = plan }
        }
        if report.result == .completed, let grace = settings.grace {
            do { report.emptied = try await empty(grace, settings.budget) } catch { report.failure = error.description }
        }
        await conclude(report)
    }

    private func conclude(_ report: CollectionReport) async {
        instruments.runs[report.result].add()
        let collection = state.withLock { state in
            state.lastReport = report
            if report.result == .completed { state.lastCollection.completed = .now }
            return state.lastCollection
        }
        if report.result == .completed { instruments.lastSuccess.set(WallTime.now.microseconds / 1_000_000) }
        await record.save(collection, report)
        let name: EventName =
            switch report.result {
            case .completed: .collectionCompleted
            case .stopped: .collectionStopped
            case .failed: .collectionFailed
            }
        var fields: [ServerEvent.Field] = [
            .init(.run, .text(report.run)), .init(.blobs, .number(Int64(report.removed.blobs))),
            .init(.manifests, .number(Int64(report.removed.manifests))), .init(.size, .number(report.removed.bytes)),
            .init(.spared, .number(Int64(report.spared.values.reduce(0) { $0 + $1.count }))),
        ]
        if report.result == .failed, let failure = report.failure { fields.append(.init(.cause, .text(failure))) }
        context.observer.note(ServerEvent(name, fields))
    }

    private func empty(_ grace: Duration, _ budget: Int?) async throws(CollectionError) -> Int64 {
        monitor.enter(.emptying)
        defer { monitor.enter(.idle) }
        let freed = try await trash.empty(olderThan: grace, budget: budget)
        if freed > 0 { context.observer.note(ServerEvent(.trashEmptied, [.init(.size, .number(freed))])) }
        return freed
    }

    func emptyTrash() async {
        let settings = state.withLock { $0.settings.collecting }
        guard let grace = settings.grace, gate.enter() == nil else { return }
        defer { gate.leave() }
        // What fails now is tried again.
        _ = try? await empty(grace, settings.budget)
    }

    /// Findings that are kept for those who ask; all of them are in the log.
    private static let maximumFindings = 10_000

    func scrub(_ origin: MutationOrigin) async {
        if let refusal = gate.enter() {
            state.withLock { $0.scrubTrouble = refusal }
            try? await Task.sleep(for: .seconds(1))
            return
        }
        defer { gate.leave() }
        let (start, budget) = state.withLock { state in
            state.scrubTrouble = nil
            if state.scrub.began == nil { state.findings = [] }
            return (state.scrub, state.settings.scrubBudget)
        }
        let scrub = Scrub(context, driver: driver, budget: budget, by: origin)
        let record = record
        do throws(CollectionError) {
            let end = try await scrub.run(from: start, slice: .seconds(30)) { finding in
                state.withLock { state in
                    if state.findings.count < Self.maximumFindings { state.findings.append(finding) }
                }
                context.observer.note(
                    ServerEvent(
                        .blobQuarantined,
                        [
                            .init(.digest, .text(finding.digest.description)), .init(.size, .number(finding.size)),
                            .init(.cause, .text("it is \(finding.actual)")),
                        ]
                    )
                )
            } save: { position in
                state.withLock { $0.scrub = position }
                await record.save(position)
            }
            guard end.began == nil else { return }
            state.withLock { state in
                state.scrubs = false
                state.scrubsDone += 1
            }
            instruments.scrubLast.set((end.completed?.microseconds ?? 0) / 1_000_000)
            context.observer.note(
                ServerEvent(
                    .scrubCompleted,
                    [
                        .init(.blobs, .number(Int64(end.blobs))), .init(.size, .number(end.bytes)),
                        .init(.damaged, .number(Int64(end.damaged))),
                    ]
                )
            )
        } catch {
            guard error.kind == .failed else { return }
            state.withLock { $0.scrubTrouble = error.description }
            context.observer.note(ServerEvent(.scrubFailed, [.init(.cause, .text(error.description))]))
            // It goes on from where it was, and not at once.
            try? await Task.sleep(for: .seconds(60))
        }
    }
}
