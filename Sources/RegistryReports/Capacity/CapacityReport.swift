//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage
package import RegistryTelemetry

/// How much every repository, every namespace and the whole storage hold, at one moment.
package struct CapacityReport: Sendable, Equatable {
    /// The moment whose changes are all in it, and those after it are not.
    package var asOf: WallTime
    package var source: Source
    /// What it took to find out.
    package var duration: Duration
    package var totals: CapacityTotals
    /// The file system that the storage root is on; nil where the storage has none.
    package var filesystem: StorageCapacity?
    /// In path order: a repository, then those below it, then its siblings.
    package var repositories: [RepositoryCapacity]
    /// In the same order; the first is the root, which has an empty name.
    package var namespaces: [NamespaceCapacity]

    package init(
        asOf: WallTime,
        source: Source,
        duration: Duration,
        totals: CapacityTotals,
        filesystem: StorageCapacity?,
        repositories: [RepositoryCapacity],
        namespaces: [NamespaceCapacity]
    ) {
        self.asOf = asOf
        self.source = source
        self.duration = duration
        self.totals = totals
        self.filesystem = filesystem
        self.repositories = repositories
        self.namespaces = namespaces
    }

    /// Where the states of physical bytes come from.
    package enum Source: String, Sendable, CaseIterable {
        /// The ledger's own books: what it was told of, and what it has compared.
        case accounted
        /// The files of the storage root, each looked at.
        case measured
    }
}
