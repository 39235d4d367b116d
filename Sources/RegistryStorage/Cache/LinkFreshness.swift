//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// For how long what a link says is taken for granted, where other servers may write to the same storage.
///
/// What this server changes it knows at once.
package struct LinkFreshness: Sendable, Equatable {
    /// Of tags, which others may move.
    package var tags: Duration
    /// Of what repositories have by digest, and of the blobs behind: others may only remove these.
    package var digests: Duration

    package init(tags: Duration = .seconds(3), digests: Duration = .seconds(60)) {
        self.tags = tags
        self.digests = digests
    }

    func time(_ path: StoragePath) -> Duration { DiskLayout.isCurrentLink(path) ? tags : digests }
}
