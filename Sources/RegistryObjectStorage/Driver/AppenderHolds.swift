//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage
import Synchronization

/// Who appends to what: one at a time within this server.
///
/// Two servers that append to the same upload are not kept apart. Who publishes content that is longer or shorter than what
/// was flushed is told that somebody else writes there.
final class AppenderHolds: Sendable {
    private let taken = Mutex<[StoragePath: Hold]>([:])

    /// One writer's hold of a path.
    final class Hold: Sendable {
        let path: StoragePath
        private let revoked = Atomic(false)

        init(_ path: StoragePath) { self.path = path }

        /// Whether what it would write has been removed or moved, and must not come back.
        var isRevoked: Bool { revoked.load(ordering: .acquiring) }

        func revoke() { revoked.store(true, ordering: .releasing) }

        private let flushed = Atomic<Int64>(-1)

        /// Bytes there were when it was last flushed; nil before that.
        var size: Int64? {
            let size = flushed.load(ordering: .acquiring)
            return size < 0 ? nil : size
        }

        func note(size: Int64) { flushed.store(size, ordering: .releasing) }
    }

    /// - Returns: nil while another has it.
    func take(_ path: StoragePath) -> Hold? {
        taken.withLock { taken in
            guard taken[path] == nil else { return nil }
            let hold = Hold(path)
            taken[path] = hold
            return hold
        }
    }

    /// Who writes to a path.
    func holder(of path: StoragePath) -> Hold? { taken.withLock { $0[path] } }

    /// Gives up a hold; nothing happens if it is not held any more.
    func release(_ hold: Hold) {
        taken.withLock { taken in
            guard taken[hold.path] === hold else { return }
            taken[hold.path] = nil
        }
    }

    /// Has nobody write any more to a path, or to what is below it.
    func revoke(_ path: StoragePath) {
        let below = path.description + "/"
        let holds = taken.withLock { taken in
            taken.values.filter { $0.path == path || $0.path.description.hasPrefix(below) }
        }
        for hold in holds { hold.revoke() }
    }
}
