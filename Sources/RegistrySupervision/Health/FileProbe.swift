//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
package import RegistryStorage

/// Fails while a file exists: the way to take a server out of service by hand.
package struct FileProbe: Sendable {
    private let path: String
    private let pool: IOPool

    /// - Parameter pool: where the blocking call is made.
    package init(_ path: String, pool: IOPool) {
        self.path = path
        self.pool = pool
    }

    /// Asks once.
    /// - Returns: what is wrong; nil if nothing is.
    package func check() async -> String? {
        let path = path
        let number = try? await pool.run { () throws(StorageError) in
            var status = Glibc.stat()
            return lstat(path, &status) == 0 ? 0 : errno
        }
        return switch number {
        case 0: "file exists"
        case ENOENT, ENOTDIR: nil
        case let number?: String(cString: strerror(number))
        case nil: "the check was broken off"
        }
    }
}
