//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Knows what the listings are made of, without a walk over the tree.
///
/// Each call returns nil where it cannot tell at present, and the tree is asked. What was changed before the call, by
/// this server, is in the answer.
package protocol ListingIndex: Sendable {
    /// Names of repositories after a text, in byte order.
    func repositories(after last: String?, limit: Int) async -> [String]?

    /// Tags after a text, in byte order.
    func tags(in name: RepositoryName, after last: String?, limit: Int) async -> ListedTags?

    /// Referrers of a digest, in byte order of their own digests.
    func referrers(of subject: Digest, in name: RepositoryName) async -> [Referrer]?
}

/// The tags of a repository, if there is one.
package enum ListedTags: Sendable, Equatable {
    case tags([String])
    case noRepository
}
