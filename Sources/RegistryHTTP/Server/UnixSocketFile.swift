//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
package import Glibc
import NIOCore
import RegistryTelemetry

/// A Unix socket that listens, and its file.
///
/// A file that another server left behind is replaced; one that another server listens on is not.
package struct UnixSocketFile: Sendable {
    /// Where it is.
    package let path: String
    /// The listening socket; whoever serves on it closes it.
    package let descriptor: CInt
    private let identity: Identity

    /// Tells a file from one that comes after it at the same place, which may get its number.
    private struct Identity: Equatable {
        let device: dev_t
        let inode: ino_t
        let seconds: Int
        let nanoseconds: Int

        init(_ facts: stat) {
            device = facts.st_dev
            inode = facts.st_ino
            seconds = facts.st_mtim.tv_sec
            nanoseconds = facts.st_mtim.tv_nsec
        }
    }

    /// Makes the file and listens; blocks, though not for long.
    /// - Parameters:
    ///   - permissions: of the file; nil leaves them to the umask, as other servers do.
    ///   - backlog: connections that can wait to be accepted.
    /// - Throws: an error of the system: `EADDRINUSE` where another server listens, or something that is no socket is.
    package init(listeningAt path: String, permissions: mode_t? = nil, backlog: Int32 = 128) throws(UnixSocketFailure) {
        guard let address = UnixAddress(path: path) else { throw UnixSocketFailure(ENAMETOOLONG) }
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw UnixSocketFailure() }
        do throws(UnixSocketFailure) {
            // Servers that start at the same time must not each take the other's socket for a left-over.
            let folder = open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard folder >= 0 else { throw UnixSocketFailure() }
            defer { close(folder) }
            try Self.lock(folder)
            try Self.makeRoom(at: path, address)
            guard address.withSocketAddress({ bind(descriptor, $0, $1) }) == 0 else { throw UnixSocketFailure() }
            // Nobody can connect before it listens, so nobody slips in before the permissions are there.
            if let permissions, chmod(path, permissions) != 0 { throw UnixSocketFailure() }
            guard Glibc.listen(descriptor, backlog) == 0 else { throw UnixSocketFailure() }
            var facts = stat()
            guard lstat(path, &facts) == 0 else { throw UnixSocketFailure() }
            self.path = path
            self.descriptor = descriptor
            self.identity = Identity(facts)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Takes the file away, unless another server has put its own there.
    package func remove() {
        var facts = stat()
        guard lstat(path, &facts) == 0, Identity(facts) == identity else { return }
        unlink(path)
    }

    // MARK: The file

    private static func lock(_ folder: CInt) throws(UnixSocketFailure) {
        // Another start holds it for less than a millisecond; who holds it for longer does not keep a server from starting.
        for _ in 0..<200 {
            let number = plimsoll_try_lock(folder)
            guard number == EWOULDBLOCK else { return }
            usleep(1000)
        }
    }

    private static func makeRoom(at path: String, _ address: UnixAddress) throws(UnixSocketFailure) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return }
        guard facts.st_mode & S_IFMT == S_IFSOCK else {
            throw UnixSocketFailure(EADDRINUSE, "there is a file that is no socket")
        }
        let probe = socket(
            AF_UNIX,
            CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue),
            0
        )
        guard probe >= 0 else { throw UnixSocketFailure() }
        defer { close(probe) }
        let isRefused = address.withSocketAddress({ connect(probe, $0, $1) }) != 0 && errno == ECONNREFUSED
        guard isRefused else { throw UnixSocketFailure(EADDRINUSE, "another server listens there") }
        guard unlink(path) == 0 || errno == ENOENT else { throw UnixSocketFailure() }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

/// A socket that could not be made.
package struct UnixSocketFailure: Error, CustomStringConvertible {
    /// Of errno(3).
    package let number: CInt
    package let description: String

    init(_ number: CInt = errno, _ description: String? = nil) {
        self.number = number
        self.description = description ?? String(cString: strerror(number))
    }
}
