//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// What a client that was let in may do beyond what it has asked for so far: what a request finds out on its way.
package struct Grant: Sendable {
    /// Nil for somebody unknown.
    package let principal: Principal?
    /// What the client's token grants; nil where no tokens are asked for.
    let token: TokenAccess?
    /// Nil where everybody may do everything.
    let policy: Policy?

    /// Everything, for everybody.
    package static let everything = Grant(principal: nil, token: nil, policy: nil)

    /// Whether content may be read wherever it is.
    package var mayPullEverywhere: Bool { token == nil && policy == nil }

    /// Whether a repository's content may be read.
    package func mayPull(_ name: RepositoryName) -> Bool {
        if let token, !token.actions(in: name.description).contains(.pull) { return false }
        return policy?.decide(.pull, in: name, by: principal).isAllowed ?? true
    }

    /// Whether the list of repositories has only those that may be pulled from.
    package var filtersCatalog: Bool { policy != nil }

    /// Whether a tag is set once and for all.
    package func isImmutable(_ tag: Tag, in name: RepositoryName) -> Bool {
        policy?.immutableRule(for: tag, in: name) != nil
    }

    /// Whether a repository has tags that are set once and for all.
    package func hasImmutableTags(in name: RepositoryName) -> Bool { policy?.hasImmutableTags(in: name) ?? false }
}
