//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import RegistryModel
import RegistryTelemetry

/// The files of one log, and what is done with them as a whole.
struct LogFolder: Sendable {
    let name: LogFileName

    /// The rotated files with the forms that are there, oldest first.
    func rotated() throws(LogFileError) -> [Entry] {
        guard let folder = opendir(name.folder) else { throw LogFileError("opendir", name.folder) }
        defer { closedir(folder) }
        var forms: [RotatedName: Set<RotatedName.Form>] = [:]
        while let entry = readdir(folder) {
            let file = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let (rotated, form) = name.rotated(file) { forms[rotated, default: []].insert(form) }
        }
        return forms.map { Entry(name: $0.key, forms: $0.value) }
            .sorted { ($0.name.sequence, $0.name.time.microseconds) < ($1.name.sequence, $1.name.time.microseconds) }
    }

    struct Entry {
        let name: RotatedName
        let forms: Set<RotatedName.Form>
    }

    func path(_ rotated: RotatedName, _ form: RotatedName.Form) -> String { name.path(of: rotated, form) }

    /// Bytes of a file, or 0 if it is gone.
    func size(_ path: String) -> Int64 { (try? FileIdentity.Facts(of: path))?.size ?? 0 }

    /// Makes the names in the folder last.
    func synchronize() throws(LogFileError) {
        let descriptor = open(name.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LogFileError("open", name.folder) }
        defer { close(descriptor) }
        // Some file systems have nothing to synchronise in a folder, and say so.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw LogFileError("fsync", name.folder) }
    }

    /// Gives a file another name that nothing has yet.
    func rename(_ from: String, to: String) throws(LogFileError) {
        let failure = plimsoll_rename_new(from, to)
        guard failure == 0 else { throw LogFileError("rename", to, errno: failure) }
    }

    /// Removes a file; one that is not there is none that failed.
    func remove(_ path: String) throws(LogFileError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw LogFileError("unlink", path) }
    }

    /// What is free on the file system for this process.
    func freeBytes() throws(LogFileError) -> Int64 {
        var facts = statvfs()
        guard statvfs(name.folder, &facts) == 0 else { throw LogFileError("statvfs", name.folder) }
        return FileSystemSize.bytes(facts.f_bavail, of: facts.f_frsize)
    }
}

/// Which file it is, whatever its name.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    /// What stat(2) tells.
    struct Facts {
        let identity: FileIdentity
        /// Names that the file has.
        let links: UInt64
        let size: Int64
        let modified: timespec
        let mode: mode_t
        let owner: (user: uid_t, group: gid_t)

        init(of path: String) throws(LogFileError) {
            var facts = stat()
            guard stat(path, &facts) == 0 else { throw LogFileError("stat", path) }
            self.init(facts)
        }

        init(of descriptor: Int32, _ path: String) throws(LogFileError) {
            var facts = stat()
            guard fstat(descriptor, &facts) == 0 else { throw LogFileError("fstat", path) }
            self.init(facts)
        }

        private init(_ facts: stat) {
            self.identity = FileIdentity(device: facts.st_dev, inode: facts.st_ino)
            self.links = UInt64(facts.st_nlink)
            self.size = Int64(facts.st_size)
            self.modified = facts.st_mtim
            self.mode = facts.st_mode
            self.owner = (facts.st_uid, facts.st_gid)
        }
    }
}
