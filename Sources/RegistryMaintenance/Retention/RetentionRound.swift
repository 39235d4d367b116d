//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// One run of a policy over all repositories: decides, and removes tags if it is to.
///
/// What the tags led to stays until it is collected, with `deleteuntagged`.
package struct RetentionRound: Sendable {
    private let policy: TagPolicy
    private let ledger: SQLiteLedger
    private let isFixed: @Sendable (_ repository: String, _ tag: String) -> Bool

    /// Whom the ledger's history of a tag has as the one who removed it.
    package static let actor = "retention"

    /// - Parameter isFixed: tags that must stay whatever the policy says.
    package init(
        _ policy: TagPolicy,
        _ ledger: SQLiteLedger,
        isFixed: @escaping @Sendable (_ repository: String, _ tag: String) -> Bool
    ) {
        self.policy = policy
        self.ledger = ledger
        self.isFixed = isFixed
    }

    /// A tag that goes.
    package struct Removal: Sendable, Equatable {
        package var repository: String
        package var tag: TagFacts
        /// Where the rule stands.
        package var place: String

        package init(repository: String, tag: TagFacts, place: String) {
            self.repository = repository
            self.tag = tag
            self.place = place
        }
    }

    /// What came of it.
    package struct Report: Sendable, Equatable {
        package var removed = 0
        /// Tags that were set anew or pulled between the decision and the removal.
        package var spared = 0
        package var failed = 0
        /// The first.
        package var failure: String?
        package var kept: [RetentionVerdict.Reason: Int] = [:]

        package init() {}
    }

    /// Decides without removing anything.
    /// - Parameter each: told of each tag that would go, in byte order.
    /// - Throws: if the ledger is not current, or cannot be read.
    package func simulate(at now: WallTime, _ each: (Removal) -> Void) async throws(LedgerError) -> Report {
        var report = Report()
        var removed = 0
        try await decide(at: now, &report) { removal in
            removed += 1
            each(removal)
        }
        report.removed = removed
        return report
    }

    /// Decides, and removes.
    /// - Parameter each: told of each tag that is gone.
    /// - Throws: if the ledger ceases to be current; what was removed until then stays so.
    package func run(
        _ tags: TagStore,
        at now: WallTime,
        _ each: (Removal) -> Void
    ) async throws(LedgerError) -> Report {
        var report = Report()
        var done = Report()
        try await decide(at: now, &report) { removal in
            do throws(RegistryError) {
                guard try await remove(removal, tags, at: now) else {
                    done.spared += 1
                    return
                }
                done.removed += 1
                each(removal)
            } catch {
                // Somebody else was faster.
                guard error.code != .manifestUnknown else { return }
                done.failed += 1
                if done.failure == nil { done.failure = "\(removal.repository):\(removal.tag.name): \(error)" }
            }
        }
        done.kept = report.kept
        return done
    }
}

extension RetentionRound {
    private func decide(
        at now: WallTime,
        _ report: inout Report,
        _ body: (Removal) async -> Void
    ) async throws(LedgerError) {
        var last: String?
        while !Task.isCancelled {
            let page = try await ledger.current { [last, policy, isFixed] (tables) throws(LedgerError) in
                try RetentionPage(of: policy, tables, after: last, at: now, isFixed: isFixed)
            }
            for decision in page.decisions where !Task.isCancelled {
                switch decision.verdict {
                case .keep(let reason): report.kept[reason, default: 0] += 1
                case .remove(let place):
                    await body(Removal(repository: decision.repository, tag: decision.tag, place: place))
                }
            }
            guard page.end != nil else { return }
            last = page.end
        }
    }

    /// - Returns: false for a tag about which something new is known.
    func remove(_ removal: Removal, _ tags: TagStore, at now: WallTime) async throws(RegistryError) -> Bool {
        let name = try RepositoryName(removal.repository)
        let origin = MutationOrigin(actor: Self.actor, time: now)
        return try await tags.delete(try Tag(removal.tag.name), in: name, by: origin) {
            // Nobody can set the tag meanwhile.
            let facts = try? await ledger.current { (tables) throws(LedgerError) in
                try tables.tagFacts(of: removal.repository, removal.tag.name)
            }
            return facts == [removal.tag]
        }
    }
}
