//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
package import RegistryTelemetry

/// What a policy says of the tags of some repositories, all as they were at one moment.
///
/// Simulating and acting go from page to page alike, so that they say the same.
package struct RetentionPage: Sendable {
    package struct Decision: Sendable {
        package var repository: String
        package var tag: TagFacts
        package var verdict: RetentionVerdict
    }

    /// In byte order of the repositories and of their tags.
    package private(set) var decisions: [Decision] = []
    /// Behind which the next page begins; nil behind the last.
    package private(set) var end: String?

    /// Repositories that are asked for at a time, and tags at which a page ends early.
    private static let repositories = 1000
    private static let tags = 10_000

    /// - Parameters:
    ///   - last: the end of the page before; nil for the first page.
    ///   - isFixed: tags that must stay whatever the policy says.
    package init(
        of policy: TagPolicy,
        _ tables: LedgerTables,
        after last: String?,
        at now: WallTime,
        isFixed: (_ repository: String, _ tag: String) -> Bool
    ) throws(LedgerError) {
        let usageBegan = try tables.usageSince()
        for name in try tables.repositoryNames(after: last, limit: Self.repositories) {
            end = name
            guard policy.concerns(name) else { continue }
            let tags = try tables.tagFacts(of: name)
            let verdicts = policy.verdicts(on: tags, of: name, at: now, usageBegan: usageBegan) { isFixed(name, $0) }
            for (tag, verdict) in zip(tags, verdicts) {
                decisions.append(Decision(repository: name, tag: tag, verdict: verdict))
            }
            if decisions.count >= Self.tags { return }
        }
    }
}
