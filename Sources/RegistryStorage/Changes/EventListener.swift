//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Tells others of what happens: of changes as a `MutationJournal`, and of pulls, which change nothing.
package protocol EventListener: Sendable {
    /// Whether anybody wants to hear of anything at present; if not, nobody needs to find out which request it was.
    var wantsEvents: Bool { get }

    /// Whether anybody wants to hear of pulls at present.
    var wantsPulls: Bool { get }

    /// Something was pulled. It must not block.
    func pulled(_ event: StorageEvent, by origin: MutationOrigin)
}
