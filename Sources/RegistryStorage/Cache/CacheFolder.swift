//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryModel

/// The folder of a cache of content.
///
/// ```
/// <folder>
/// ├── lock                                     held by the one server that uses it
/// ├── filling/<random>                         what is not whole yet; gone after a restart
/// └── <algorithm>/<first two hex>/<hex>        whole, and what its name says
/// ```
///
/// Everything here blocks.
struct CacheFolder: Sendable {
    let path: String

    private static let filling = "/filling"

    /// - Parameter path: the folder; made when missing.
    init(_ path: String) { self.path = path.hasSuffix("/") ? String(path.dropLast()) : path }

    func file(_ digest: Digest) -> String {
        "\(path)/\(digest.algorithm.rawValue)/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    /// Takes the folder for this server, as long as the descriptor is open, and removes what was not whole.
    func take() throws(SystemError) -> FileDescriptor {
        try Folders.make(path + Self.filling)
        let lock = try FileDescriptor.open(path + "/lock", O_RDWR | O_CREAT)
        guard flock(lock.rawValue, LOCK_EX | LOCK_NB) == 0 else {
            let error = SystemError.last
            lock.close()
            throw error
        }
        for entry in (try? Folders.entries(of: path + Self.filling, after: nil, limit: .max)) ?? [] {
            unlink(path + Self.filling + "/" + entry.name)
        }
        return lock
    }

    /// What is there, by the time of its last use, the longest ago first; nothing is read.
    func contents() -> [(digest: Digest, size: Int64)] {
        var found: [(digest: Digest, size: Int64, used: Int)] = []
        for algorithm in DigestAlgorithm.allCases {
            let folder = path + "/" + algorithm.rawValue
            for shard in names(folder) {
                for name in names(folder + "/" + shard) {
                    guard let digest = try? Digest("\(algorithm.rawValue):\(name)"),
                        let status = try? FileStatus(of: file(digest)), !status.isFolder
                    else { continue }
                    found.append((digest, status.size, status.changed))
                }
            }
        }
        return found.sorted { $0.used < $1.used }.map { ($0.digest, $0.size) }
    }

    private func names(_ folder: String) -> [String] {
        ((try? Folders.entries(of: folder, after: nil, limit: .max)) ?? []).map(\.name)
    }

    /// A new file to fill.
    func begin() throws(SystemError) -> (file: FileDescriptor, path: String) {
        let name = path + Self.filling + "/" + String(UInt64.random(in: .min ... .max), radix: 36)
        return (try .open(name, O_RDWR | O_CREAT | O_EXCL, mode: 0o600), name)
    }

    /// Gives a file that is whole its name.
    ///
    /// Its bytes are made durable first, so that no crash leaves the name without them.
    func publish(_ file: FileDescriptor, _ temporary: String, as digest: Digest) throws(SystemError) {
        guard fdatasync(file.rawValue) == 0 else { throw .last }
        try Folders.move(temporary, to: self.file(digest))
    }

    /// Opens what is whole, and notes that it was used.
    /// - Throws: also where it is of another size.
    func open(_ digest: Digest, size: Int64) throws(SystemError) -> FileDescriptor {
        let file = try FileDescriptor.open(file(digest), O_RDONLY)
        do throws(SystemError) {
            guard try file.status.size == size else { throw SystemError(number: ENODATA) }
        } catch {
            file.close()
            throw error
        }
        // Of no account where it fails: then it goes earlier after a restart.
        _ = futimens(file.rawValue, nil)
        return file
    }

    /// Removes what is not needed any more, or never came to be whole.
    func discard(_ temporary: String) { unlink(temporary) }

    func remove(_ digests: [Digest]) { for digest in digests { unlink(file(digest)) } }
}
