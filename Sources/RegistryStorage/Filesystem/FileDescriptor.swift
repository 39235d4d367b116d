//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore

/// An open file, with the few system calls the driver needs.
///
/// Whoever opens it closes it.
///
/// All of them block: they belong on the ``IOPool``.
struct FileDescriptor: Sendable {
    let rawValue: CInt

    static func open(_ path: String, _ flags: CInt, mode: mode_t = 0o666) throws(SystemError) -> FileDescriptor {
        while true {
            // Passed on as it is, the path would be copied first.
            let descriptor = path.withCString { Glibc.open($0, flags | O_CLOEXEC, mode) }
            if descriptor >= 0 { return FileDescriptor(rawValue: descriptor) }
            let error = SystemError.last
            guard error.number == EINTR else { throw error }
        }
    }

    func close() { _ = Glibc.close(rawValue) }

    var status: FileStatus {
        get throws(SystemError) {
            var status = stat()
            guard fstat(rawValue, &status) == 0 else { throw .last }
            return FileStatus(status)
        }
    }

    /// Writes all bytes at an offset.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            let count = pwrite(rawValue, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + done)
            if count < 0 {
                let error = SystemError.last
                if error.number == EINTR { continue }
                throw error
            }
            done += count
        }
    }

    /// Reads until the buffer is full or the content ends.
    /// - Returns: bytes read.
    func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int64) throws(SystemError) -> Int {
        var done = 0
        while done < bytes.count {
            let count = pread(rawValue, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(offset) + done)
            if count < 0 {
                let error = SystemError.last
                if error.number == EINTR { continue }
                throw error
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    func synchronize() throws(SystemError) {
        guard fsync(rawValue) == 0 else { throw .last }
    }

    func truncate(to size: Int64) throws(SystemError) {
        guard ftruncate(rawValue, off_t(size)) == 0 else { throw .last }
    }
}

/// The facts of a file that the driver looks at.
struct FileStatus: Equatable {
    let size: Int64
    let isFolder: Bool
    /// When the file was made, renamed or otherwise changed: seconds since 1970.
    let changed: Int
    private let inode: ino_t
    private let device: dev_t

    fileprivate init(_ status: stat) {
        self.size = Int64(status.st_size)
        self.isFolder = status.st_mode & S_IFMT == S_IFDIR
        self.changed = status.st_ctim.tv_sec
        self.inode = status.st_ino
        self.device = status.st_dev
    }

    /// The facts of what a path leads to.
    init(of path: String) throws(SystemError) {
        var status = stat()
        guard stat(path, &status) == 0 else { throw .last }
        self.init(status)
    }

    func isSameFile(as other: FileStatus) -> Bool { inode == other.inode && device == other.device }
}

/// An `errno` value.
package struct SystemError: Error {
    let number: CInt

    static var last: SystemError { SystemError(number: errno) }

    /// A file that ends before it should.
    static var truncated: SystemError { SystemError(number: ENODATA) }

    /// The system's words for it.
    package var text: String { String(cString: strerror(number)) }

    var code: StorageError.Code {
        switch number {
        case ENOENT, ENOTDIR: .notFound
        case ENOSPC, EDQUOT: .noSpace
        case EROFS: .readOnly
        case EWOULDBLOCK: .busy
        default: .failed
        }
    }

    func at(_ operation: StaticString, _ path: StoragePath) -> StorageError {
        StorageError(code, operation, path, cause: text)
    }
}
