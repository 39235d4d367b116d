//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Says to other processes how a root folder is used: servers share it, and who collects garbage without a server has it
/// alone.
///
/// Gone with the process.
/// Other registries know nothing of it.
package final class StorageLock: Sendable {
    private let descriptor: CInt

    package enum Use: Sendable {
        case shared, alone
    }

    /// Where it is, in a root folder.
    private static let file = "/.plimsoll/storage.lock"

    /// - Parameter root: a folder that a `FilesystemDriver` has been made for.
    /// - Throws: `busy` while another process uses it in a way that does not go with this.
    package init(root: String, _ use: Use) throws(StorageError) {
        let root = root.hasSuffix("/") ? String(root.dropLast()) : root
        descriptor = open(root + Self.file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw SystemError.last.at("lock", .root) }
        guard flock(descriptor, (use == .shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0 else {
            let error = SystemError.last
            close(descriptor)
            throw error.at("lock", .root)
        }
    }

    deinit { close(descriptor) }
}
