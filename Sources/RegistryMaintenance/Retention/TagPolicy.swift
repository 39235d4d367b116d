//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
package import RegistryModel
package import RegistryTelemetry

/// Which tags stay, as the operator wrote it.
///
/// The first rule that fits a repository and a tag decides about it; a tag that no rule fits stays.
package struct TagPolicy: Sendable, Equatable {
    package var rules: [Rule]

    package init(rules: [Rule] = []) { self.rules = rules }

    /// What stays of the tags that it is about: each one for which anything of `keep` holds.
    package struct Rule: Sendable, Equatable {
        /// Where it stands, for people: `config.yml:7`.
        package var place: String
        package var repositories: [Glob]
        package var tags: [Glob]
        package var keep: Keep

        package init(place: String, repositories: [Glob], tags: [Glob], keep: Keep) {
            self.place = place
            self.repositories = repositories
            self.tags = tags
            self.keep = keep
        }
    }

    /// What a tag stays for.
    package struct Keep: Sendable, Equatable {
        /// So many of those of one repository that were set last.
        package var latest: Int?
        package var pushedWithin: Duration?
        package var pulledWithin: Duration?
        package var tags: [Glob]

        package init(
            latest: Int? = nil,
            pushedWithin: Duration? = nil,
            pulledWithin: Duration? = nil,
            tags: [Glob] = []
        ) {
            self.latest = latest
            self.pushedWithin = pushedWithin
            self.pulledWithin = pulledWithin
            self.tags = tags
        }
    }

    /// Whether it is about any tag of a repository.
    package func concerns(_ repository: String) -> Bool {
        rules.contains { rule in rule.repositories.contains { $0.matches(repository) } }
    }
}

/// What a policy says about a tag.
package enum RetentionVerdict: Sendable, Equatable {
    case keep(Reason)
    /// - Parameter place: of the rule.
    case remove(place: String)

    /// Why a tag stays.
    package enum Reason: String, Sendable, CaseIterable {
        /// No rule is about it.
        case noRule = "no_rule"
        case latest
        case pushed
        case pulled
        case pattern
        /// It must not be removed, by `auth.policy.immutabletags`.
        case immutable
        /// It is not known when it was set, or whether it was pulled in the time that counts.
        case unknown
    }
}

extension TagPolicy {
    /// Decides about the tags of a repository.
    /// - Parameters:
    ///   - usageBegan: since when pulls are counted; nil if they are not.
    ///   - isFixed: tags that must stay.
    /// - Returns: a verdict for each tag, in their order.
    package func verdicts(
        on tags: [TagFacts],
        of repository: String,
        at now: WallTime,
        usageBegan: WallTime?,
        isFixed: (String) -> Bool
    ) -> [RetentionVerdict] {
        let rules = rules.filter { rule in rule.repositories.contains { $0.matches(repository) } }
        var verdicts = tags.map { _ in RetentionVerdict.keep(.noRule) }
        var open = Array(tags.indices)
        for rule in rules {
            let concerned = open.filter { index in rule.tags.contains { $0.matches(tags[index].name) } }
            let latest = rule.keep.latest.map { Set(Self.newestFirst(concerned, tags).prefix($0)) } ?? []
            for index in concerned {
                let tag = tags[index]
                let reason: RetentionVerdict.Reason? =
                    if isFixed(tag.name) {
                        .immutable
                    } else if latest.contains(index) {
                        .latest
                    } else {
                        rule.keep.reason(for: tag, at: now, usageBegan: usageBegan)
                    }
                verdicts[index] = reason.map { .keep($0) } ?? .remove(place: rule.place)
            }
            let done = Set(concerned)
            open.removeAll { done.contains($0) }
        }
        return verdicts
    }

    /// Tags of which it is not known when they were set come first: they may be new.
    private static func newestFirst(_ indices: [Int], _ tags: [TagFacts]) -> [Int] {
        indices.sorted { first, second in
            let (left, right) = (tags[first].changed, tags[second].changed)
            guard left != right else { return byteOrder(tags[second].name, tags[first].name) }
            guard let left, let right else { return left == nil }
            return left.microseconds > right.microseconds
        }
    }
}

extension TagPolicy.Keep {
    fileprivate func reason(for tag: TagFacts, at now: WallTime, usageBegan: WallTime?) -> RetentionVerdict.Reason? {
        if tags.contains(where: { $0.matches(tag.name) }) { return .pattern }
        if let pushedWithin {
            guard let changed = tag.changed else { return .unknown }
            if changed.isWithin(pushedWithin, before: now) { return .pushed }
        }
        if let pulledWithin {
            if let pulled = tag.pulled, pulled.isWithin(pulledWithin, before: now) { return .pulled }
            // A tag that was pulled before anybody counted looks like one that nobody pulls.
            guard let usageBegan, !usageBegan.isWithin(pulledWithin, before: now) else { return .unknown }
        }
        return nil
    }
}

extension WallTime {
    /// Times to come are within anything: a clock that was set back must remove nothing.
    fileprivate func isWithin(_ duration: Duration, before now: WallTime) -> Bool {
        microseconds > now.microseconds - duration.components.seconds * 1_000_000
    }
}
