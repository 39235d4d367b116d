//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Whether a stream of this process ends in the journal.
package enum JournalStream {
    /// Compares a descriptor with what the service manager says of the streams it connected to the journal.
    /// - Parameters:
    ///   - descriptor: standard output or standard error.
    ///   - variable: the value of `JOURNAL_STREAM`: device and inode in decimal with a colon between; see
    ///     systemd.exec(5).
    package static func isJournal(_ descriptor: Int32, _ variable: String?) -> Bool {
        guard let parts = variable?.split(separator: ":"), parts.count == 2,
            let device = UInt64(parts[0]), let inode = UInt64(parts[1])
        else { return false }
        var facts = stat()
        return fstat(descriptor, &facts) == 0 && UInt64(facts.st_dev) == device && UInt64(facts.st_ino) == inode
    }
}
