//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What was found out, before it is written in one of the formats.
package struct Report: Sendable, Equatable {
    package var name: ReportName
    /// The moment whose changes are all in it.
    package var asOf: WallTime
    /// `accounted` or `measured`, as `CapacityReport.Source`.
    package var source: CapacityReport.Source
    /// What it took to find out.
    package var duration: Duration
    /// The namespace, or the repository, that it is about; nil for all.
    package var scope: String?
    package var groups: [Group] = []
    package var tables: [ReportTable] = []
    /// What a reader has to know, in sentences.
    package var notes: [String] = []
    package var terms: [String] = []
    /// Where a page was asked for.
    package var page: CapacityPage?

    package init(_ name: ReportName, asOf: WallTime, source: CapacityReport.Source = .accounted, duration: Duration) {
        self.name = name
        self.asOf = asOf
        self.source = source
        self.duration = duration
    }

    /// Facts that belong together; no facts where nobody could tell them.
    package struct Group: Sendable, Equatable {
        package let name: String
        package let facts: [ReportFact]?

        package init(_ name: String, _ facts: [ReportFact]?) {
            self.name = name
            self.facts = facts
        }
    }

    /// What the words in it mean.
    package var definitions: [CapacityDefinition] { CapacityDefinition.all.filter { terms.contains($0.term) } }
}

/// The reports that there are.
package enum ReportName: String, Sendable, CaseIterable {
    case capacity, usage, growth, stale, top, clients, explain
    /// Compares two that were saved; nothing is read for it but their files.
    case diff
    /// Thinks a policy of tags through; the policy is a file of whoever asks.
    case simulate

    /// Whether somebody other than the command can make it.
    package var isAskedFor: Bool { self != .diff && self != .simulate }
}
