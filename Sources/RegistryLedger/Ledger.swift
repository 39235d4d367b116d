//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// What is known of a storage without looking into it: derived from it, and rebuilt from it when lost.
///
/// Nothing here assumes that one process writes, or what the tables are kept in.
package protocol Ledger: MutationJournal, ListingIndex {
    /// How it is. Figures are those of the whole storage where it is current, and of what has been gone through where it
    /// is catching up.
    var standing: LedgerStanding { get }

    /// What repositories hold, in byte order of their names.
    /// - Parameter last: only names after this text.
    func figures(after last: String?, limit: Int) async throws(LedgerError) -> [RepositoryFigures]

    /// How tags of a repository were moved, the latest first.
    /// - Parameter tag: nil for all.
    func history(of tag: Tag?, in name: RepositoryName, limit: Int) async throws(LedgerError) -> [TagMove]

    /// How a repository, or something of it, was used, day by day; days without use are left out.
    func usage(of name: RepositoryName, _ reference: UsageReference) async throws(LedgerError) -> [DailyUsage]
}

/// The use of one day.
package struct DailyUsage: Sendable, Equatable {
    /// Days since 1970, in UTC.
    package var day: Int64
    /// Manifests sent.
    package var pulls: Int64
    /// HEAD requests for manifests.
    package var heads: Int64
    package var pushes: Int64
    package var sentBytes: Int64
    package var receivedBytes: Int64
    /// Different users, or addresses of those that need not say who they are; an estimate from 64 on.
    package var clients: Int64
    /// The last GET or HEAD of a manifest.
    package var lastPull: WallTime?
    /// The user, or the address.
    package var lastPullBy: String?
}

/// What a repository holds; sizes are in bytes.
package struct RepositoryFigures: Sendable, Equatable {
    package var name: String
    /// What pulling all its manifests would name.
    package var logicalBytes: Int64 = 0
    /// Its blobs, each once.
    package var deduplicatedBytes: Int64 = 0
    /// Those that no other repository reaches.
    package var exclusiveBytes: Int64 = 0
    package var blobs: Int64 = 0
    package var manifests: Int64 = 0
    package var tags: Int64 = 0

    package init(name: String) { self.name = name }
}

/// That a tag was set, moved or removed.
package struct TagMove: Sendable, Equatable {
    package var tag: String
    /// Nil for a tag that was not there, or led nowhere.
    package var from: Digest?
    /// Nil for one that was removed.
    package var to: Digest?
    package var time: WallTime
    /// Nil where nobody had to say who he is, and for what was only found in the storage.
    package var actor: String?
    package var requestID: String?
}
