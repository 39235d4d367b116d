//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Replaces a file as a whole, so that nobody ever reads half of it.
package enum WholeFile {
    /// Whose a file is, and who may read it.
    package enum Permissions {
        /// Its owner's alone.
        case own
        /// Those of the file that is there; of a new one, that its owner and group can read it.
        case kept
    }

    /// What was there is there until all of the new is on the disk.
    ///
    /// Blocks: for commands, and for the I/O pool.
    package static func replace(_ path: String, with bytes: [UInt8], _ permissions: Permissions) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "./"
        // In the same folder, since a rename does not cross file systems; hidden from those who look for files there.
        var temporary = Array("\(folder).\(path.split(separator: "/").last ?? "").XXXXXX".utf8CString)
        // Made with mode 0600.
        let descriptor = mkstemp(&temporary)
        guard descriptor >= 0 else { throw .last }
        do throws(SystemError) {
            defer { close(descriptor) }
            if permissions == .kept { try keep(path, descriptor) }
            try write(bytes, descriptor)
            guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw .last }
        } catch {
            unlink(temporary)
            throw error
        }
        let place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard place >= 0 else { return }
        fsync(place)
        close(place)
    }

    private static func keep(_ path: String, _ descriptor: CInt) throws(SystemError) {
        var facts = stat()
        let isThere = stat(path, &facts) == 0
        // Who may not give files away keeps it as its own.
        _ = isThere ? fchown(descriptor, facts.st_uid, facts.st_gid) : 0
        guard fchmod(descriptor, isThere ? facts.st_mode & 0o7777 : 0o640) == 0 else { throw .last }
    }

    private static func write(_ bytes: [UInt8], _ descriptor: CInt) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let part = bytes[done...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if part < 0, errno == EINTR { continue }
            guard part > 0 else { throw .last }
            done += part
        }
    }
}
