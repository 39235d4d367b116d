//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// What changes when a file is replaced or written to.
package struct FileStamp: Sendable, Equatable {
    private let device: UInt64
    private let inode: UInt64
    private let size: Int64
    private let seconds: Int64
    private let nanoseconds: Int64

    /// Looks at what a path leads to, links followed; nil if there is nothing.
    package init?(path: String) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        self.device = UInt64(facts.st_dev)
        self.inode = UInt64(facts.st_ino)
        self.size = Int64(facts.st_size)
        self.seconds = Int64(facts.st_mtim.tv_sec)
        self.nanoseconds = Int64(facts.st_mtim.tv_nsec)
    }
}
