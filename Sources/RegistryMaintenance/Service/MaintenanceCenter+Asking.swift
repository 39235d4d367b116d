//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry
import Synchronization

/// Why something is not done.
package struct MaintenanceRefusal: Error, Sendable, CustomStringConvertible {
    package let description: String
}

extension MaintenanceCenter {
    /// As it is configured now.
    package var settings: Settings { state.withLock { $0.settings } }

    /// The plan that was made last.
    package var lastPlan: CollectionPlan? { state.withLock { $0.lastPlan } }

    /// What the last collection has done.
    package var lastReport: CollectionReport? { state.withLock { $0.lastReport } }

    /// Has garbage collected, in the background.
    /// - Parameter isDryRun: whether only a plan is made.
    /// - Throws: while something else is done.
    package func beginCollection(
        _ settings: CollectionSettings,
        isDryRun: Bool,
        by origin: MutationOrigin
    ) throws(MaintenanceRefusal) {
        try begin(.collect(settings, isDryRun: isDryRun, origin))
    }

    /// Has all content compared with its digests, in the background.
    package func beginScrub(by origin: MutationOrigin) throws(MaintenanceRefusal) {
        let isFree = state.withLock { state in
            guard !state.scrubs else { return false }
            state.scrubs = true
            state.wasStopped = false
            state.scrubTrouble = nil
            // Who asks now does not want those of the last one.
            if state.scrub.began == nil { state.findings = [] }
            return true
        }
        guard isFree else { throw MaintenanceRefusal(description: "a check of all content is under way") }
        wakeup.set()
    }

    private func begin(_ job: Job) throws(MaintenanceRefusal) {
        let isFree = state.withLock { state in
            if state.waiting != nil { return false }
            switch state.running?.job {
            case .collect: return false
            // It goes on after that from where it was.
            case .scrub: state.running?.task.cancel()
            case .emptyTrash, nil: break
            }
            state.waiting = job
            if case .collect(_, isDryRun: true, _) = job { state.lastPlan = nil }
            return true
        }
        guard isFree else { throw MaintenanceRefusal(description: "\(activity) is under way") }
        wakeup.set()
    }

    /// Ends what is done at present.
    /// - Returns: what that was; nil for nothing.
    package func stop() -> String? {
        let name = activity
        let isStopped = state.withLock { state in
            if state.waiting == nil, case .scrub = state.running?.job {
                state.scrubs = false
                state.wasStopped = true
            }
            guard let running = state.running else {
                defer { state.waiting = nil }
                return state.waiting != nil
            }
            state.waiting = nil
            running.task.cancel()
            return true
        }
        return isStopped ? name : nil
    }

    /// What is done, or will be at once; `nothing` for nothing.
    package var activity: String {
        switch state.withLock({ $0.waiting ?? $0.running?.job }) {
        case .collect(_, isDryRun: true, _): "a plan of a collection"
        case .collect: "a collection"
        case .scrub: "a check of all content"
        case .emptyTrash: "the emptying of the trash"
        case nil: "nothing"
        }
    }

    /// Puts back what a run has taken out, or one image.
    /// - Parameter what: the name of a run, or a digest.
    package func restore(_ what: String, by origin: MutationOrigin) async throws(CollectionError) -> Trash.Restored {
        if let refusal = gate.enter() { throw CollectionError(.failed, refusal) }
        defer { gate.leave() }
        let trash = Trash(context, driver: driver)
        let restored =
            if let digest = try? Digest(what) { try await trash.restore(digest, by: origin) } else {
                try await trash.restore(run: what, by: origin)
            }
        context.observer.note(
            ServerEvent(
                .trashRestored,
                [
                    .init(.run, .text(what)), .init(.blobs, .number(Int64(restored.blobs))),
                    .init(.manifests, .number(Int64(restored.manifests))), .init(.size, .number(restored.bytes)),
                ]
            )
        )
        return restored
    }

    /// Takes a repository out.
    package func remove(_ name: RepositoryName, by origin: MutationOrigin) async throws(RegistryError)
        -> RepositoryRemoval.Result
    {
        if let refusal = gate.enter() { throw RegistryError(.unavailable, detail: refusal) }
        defer { gate.leave() }
        let result = try await RepositoryRemoval(context, driver: driver, by: origin).remove(name)
        context.observer.note(
            ServerEvent(
                .repositoryRemoved,
                [
                    .init(.repository, .text(name.description)), .init(.run, .text(result.run)),
                    .init(.manifests, .number(Int64(result.manifests))),
                ]
            )
        )
        return result
    }

    /// What the check of content has found that is under way, or the last one, in the order in which it was found.
    package var findings: [Scrub.Finding] { state.withLock(\.findings) }

    /// All that is known, for those who watch.
    package func json() async -> JSONText {
        let (report, scrub, done, failure, plan) = state.withLock { state in
            (state.lastReport, state.scrub, state.done, state.planFailure, state.lastPlan)
        }
        let scrubbing = state.withLock { state in
            JSONText.object([
                ("under_way", .bool(state.scrubs)), ("done", .number(Int64(state.scrubsDone))),
                ("found", .number(Int64(state.findings.count))), ("trouble", state.scrubTrouble.map { .string($0) }),
            ])
        }
        let progress = monitor.progress
        let runs = (try? await Trash(context, driver: driver).runs()) ?? []
        return .object([
            ("activity", .string(activity)),
            ("done", .number(Int64(done))),
            (
                "collection",
                .object([
                    ("phase", .string(progress.phase.rawValue)),
                    ("repositories", .number(Int64(progress.repositories))),
                    ("swept", .number(Int64(progress.swept))),
                    ("planned", .number(Int64(progress.planned))),
                    ("removed_bytes", .number(progress.removedBytes)),
                    ("has_plan", .bool(plan != nil)),
                    ("plan_failure", failure.map { .string($0) }),
                    ("last", report?.json),
                ])
            ),
            ("scrub", scrub.json),
            ("scrubbing", scrubbing),
            ("trash", .array(runs.map(\.json))),
        ])
    }
}
