//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryAuth

/// Replaces a file as a whole, so that nobody ever reads half of it.
enum WholeFile {
    /// Keeps the permissions of a file that is there; a new one can be read by its owner and group.
    static func replace(_ path: String, with text: String) throws(AuthFileError) {
        var status = stat()
        let isThere = stat(path, &status) == 0
        // In the same folder, since a rename does not cross file systems.
        var name = Array((path + ".XXXXXX").utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw failure() }
        var text = text
        let isWritten = text.withUTF8 { bytes in
            write(descriptor, bytes.baseAddress, bytes.count) == bytes.count
        }
        _ = isThere ? fchown(descriptor, status.st_uid, status.st_gid) : 0
        let isDone =
            isWritten && fchmod(descriptor, isThere ? status.st_mode & 0o7777 : 0o640) == 0 && fsync(descriptor) == 0
        let error = failure()
        close(descriptor)
        guard isDone, rename(name, path) == 0 else {
            unlink(name)
            throw isDone ? failure() : error
        }
    }

    private static func failure() -> AuthFileError { AuthFileError(String(cString: strerror(errno))) }
}
