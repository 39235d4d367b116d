//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
package import NIOCore
import RegistryModel

/// Content in files under a root folder: the tree that distribution's `filesystem` driver keeps.
///
/// Files are written under a temporary name in `.plimsoll/tmp` beside the tree and renamed into it, so that nothing in
/// the tree is ever half written. A durable write costs two calls of fsync(2): of the file before the rename and of the
/// folder after it. Folders made on the way are not synchronised on their own: on the file systems meant for this use
/// the metadata journal is in order, so that the last fsync carries everything before it.
package struct FilesystemDriver: StorageDriver {
    package let name = "filesystem"

    private let root: String
    private let pool: IOPool
    private let cached = CachedFiles()

    /// - Parameters:
    ///   - root: the folder; made when missing, and relative paths are taken from the working directory.
    ///   - pool: where the blocking calls are made.
    /// - Throws: when the folder cannot be made or written to.
    package init(root: String, pool: IOPool) throws(StorageError) {
        self.root = root.hasSuffix("/") ? String(root.dropLast()) : root
        self.pool = pool
        do throws(SystemError) {
            try Folders.make(self.root + Self.temporaryFolder)
            Folders.removeStale(self.root + Self.temporaryFolder)
        } catch {
            throw error.at("open", .root)
        }
    }

    /// Outside the tree, on the same file system.
    private static let temporaryFolder = "/.plimsoll/tmp"

    private func file(_ path: StoragePath) -> String { root + path.description }

    private func temporaryFile() -> String {
        root + Self.temporaryFolder + "/" + String(UInt64.random(in: .min ... .max), radix: 36)
    }

    package func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
        let file = file(path)
        if let bytes = try known("read", path, { () throws(SystemError) in try cached.read(file, limit: limit) }) {
            return bytes
        }
        return try await pool.run { () throws(StorageError) in try Self.read(file, path, limit) }
    }

    /// What can be told without waiting.
    private func known<Output>(
        _ operation: StaticString,
        _ path: StoragePath,
        _ body: () throws(SystemError) -> Output?
    ) throws(StorageError) -> Output? {
        do throws(SystemError) {
            return try body()
        } catch {
            throw error.at(operation, path)
        }
    }

    private static func read(_ file: String, _ path: StoragePath, _ limit: Int) throws(StorageError) -> ByteBuffer {
        do throws(SystemError) {
            let descriptor = try FileDescriptor.open(file, O_RDONLY)
            defer { descriptor.close() }
            let size = try size(of: descriptor)
            guard size <= limit else { throw SystemError(number: EFBIG) }
            var buffer = ByteBufferAllocator().buffer(capacity: Int(size))
            try buffer.fill(from: descriptor, at: 0, count: Int(size))
            return buffer
        } catch {
            throw error.number == EFBIG
                ? StorageError(.tooLarge, "read", path, cause: "more than \(limit) bytes") : error.at("read", path)
        }
    }

    package func replace(
        _ path: StoragePath,
        with bytes: ByteBuffer,
        _ durability: Durability
    ) async throws(StorageError) -> Int64? {
        let file = file(path)
        let temporary = temporaryFile()
        return try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                try Self.write(bytes, to: temporary, durability)
                return try Folders.rename(temporary, to: file, durability)
            } catch {
                unlink(temporary)
                throw error.at("replace", path)
            }
        }
    }

    private static func write(_ bytes: ByteBuffer, to file: String, _ durability: Durability) throws(SystemError) {
        let descriptor = try FileDescriptor.open(file, O_WRONLY | O_CREAT | O_EXCL)
        defer { descriptor.close() }
        try descriptor.write(bytes)
        if durability == .durable { try descriptor.synchronize() }
    }

    package func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent {
        let file = file(path)
        let content = try known("open", path) { () throws(SystemError) in
            try cached.open(file).map { (descriptor) throws(SystemError) in try opened(descriptor, path) }
        }
        if let content { return content }
        return try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                return try opened(try FileDescriptor.open(file, O_RDONLY), path)
            } catch {
                throw error.at("open", path)
            }
        }
    }

    /// The content of an open file, which it closes.
    private func opened(_ descriptor: FileDescriptor, _ path: StoragePath) throws(SystemError) -> FileContent {
        do throws(SystemError) {
            let size = try Self.size(of: descriptor)
            return FileContent(descriptor, size: size, path: path, pool: pool, cached: cached)
        } catch {
            descriptor.close()
            throw error
        }
    }

    /// The size of a file's content; a folder can be opened too, and is none.
    private static func size(of descriptor: FileDescriptor) throws(SystemError) -> Int64 {
        let status = try descriptor.status
        guard !status.isFolder else { throw SystemError(number: ENOENT) }
        return status.size
    }

    package func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
        let file = file(path)
        let pool = pool
        return try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                return try FileAppender(file: file, path: path, pool: pool)
            } catch {
                throw error.at("append", path)
            }
        }
    }

    package func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
        let (from, to) = (file(source), file(path))
        return try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                let descriptor = try FileDescriptor.open(from, O_RDONLY)
                defer { descriptor.close() }
                try descriptor.synchronize()
                return try Folders.rename(from, to: to, .durable)
            } catch {
                throw error.at("publish", path)
            }
        }
    }

    package func move(all moves: [StorageMove]) async throws(StorageError) -> [Bool] {
        let files = moves.map { (from: file($0.source), to: file($0.target)) }
        return try await pool.run { () throws(StorageError) in
            var (results, last) = ([Bool](), String?.none)
            for (move, files) in zip(moves, files) {
                do throws(SystemError) {
                    try Folders.move(files.from, to: files.to)
                    last = files.to
                    results.append(true)
                } catch {
                    guard error.code == .notFound else { throw error.at("move", move.target) }
                    results.append(false)
                }
            }
            // The journal of metadata is in order, so that the folder that was changed last carries all of them.
            if let last {
                do throws(SystemError) {
                    try Folders.synchronize(Folders.parent(of: last))
                } catch {
                    guard error.code == .notFound else { throw error.at("move", moves[0].target) }
                }
            }
            return results
        }
    }

    package func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts {
        let file = file(path)
        return try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                let status = try FileStatus(of: file)
                return ContentFacts(size: status.isFolder ? 0 : status.size, isFolder: status.isFolder)
            } catch {
                throw error.at("stat", path)
            }
        }
    }

    package func list(
        _ path: StoragePath,
        after last: String?,
        limit: Int
    ) async throws(StorageError) -> [FolderEntry] {
        let folder = file(path)
        return try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                return try Folders.entries(of: folder, after: last, limit: limit)
            } catch {
                throw error.at("list", path)
            }
        }
    }

    package func remove(_ path: StoragePath) async throws(StorageError) { try await remove(path, .durable) }

    package func discard(_ path: StoragePath) async throws(StorageError) { try await remove(path, .volatile) }

    package func erase(_ folders: [StoragePath]) async throws(StorageError) {
        let files = folders.map { file($0) }
        try await pool.run { () throws(StorageError) in
            for (file, folder) in zip(files, folders) {
                do throws(SystemError) {
                    try Folders.erase(file)
                } catch {
                    guard error.code == .notFound else { throw error.at("erase", folder) }
                }
            }
        }
    }

    private func remove(_ path: StoragePath, _ durability: Durability) async throws(StorageError) {
        let file = file(path)
        let temporary = temporaryFile()
        try await pool.run { () throws(StorageError) in
            do throws(SystemError) {
                // One rename takes a folder out of sight whole; its files go one by one after that.
                guard Glibc.rename(file, temporary) == 0 else { throw .last }
                if durability == .durable { try Folders.synchronize(Folders.parent(of: file)) }
                Folders.removeTree(temporary)
            } catch {
                throw error.at("remove", path)
            }
        }
    }

    package func read(all paths: [StoragePath], limit: Int) async throws(StorageError) -> [ByteBuffer?] {
        let files = paths.map { file($0) }
        return try await pool.run { () throws(StorageError) in
            try zip(files, paths).map { (file, path) throws(StorageError) in
                do throws(StorageError) {
                    return try Self.read(file, path, limit)
                } catch {
                    guard error.code == .notFound || error.code == .tooLarge else { throw error }
                    return nil
                }
            }
        }
    }

    package func sizes(of paths: [StoragePath]) async throws(StorageError) -> [Int64?] {
        let files = paths.map { file($0) }
        return try await pool.run { () throws(StorageError) in
            try zip(files, paths).map { (file, path) throws(StorageError) in
                do throws(SystemError) {
                    let status = try FileStatus(of: file)
                    return status.isFolder ? 0 : status.size
                } catch {
                    guard error.code == .notFound else { throw error.at("stat", path) }
                    return nil
                }
            }
        }
    }

    package func changeTimes(_ folders: [StoragePath]) async throws(StorageError) -> [Int64]? {
        let files = folders.map { file($0) }
        return try await pool.run { () throws(StorageError) in
            files.map { changeTime(of: $0) ?? 0 }
        }
    }

    package func capacity() async throws(StorageError) -> StorageCapacity? {
        let root = root
        return try await pool.run { () throws(StorageError) in
            var facts = statvfs()
            guard statvfs(root, &facts) == 0 else { throw SystemError.last.at("capacity", .root) }
            let unit = facts.f_frsize
            return StorageCapacity(
                total: FileSystemSize.bytes(facts.f_blocks, of: unit),
                free: FileSystemSize.bytes(facts.f_bavail, of: unit),
                // File systems that make inodes as they need them, as btrfs does, say that there are none.
                inodes: facts.f_files == 0
                    ? nil
                    : .init(total: FileSystemSize.bytes(facts.f_files), free: FileSystemSize.bytes(facts.f_favail))
            )
        }
    }
}

/// When names were last added to a folder or taken out, in nanoseconds since 1970; nil if it cannot be told.
private func changeTime(of folder: String) -> Int64? {
    var facts = stat()
    guard stat(folder, &facts) == 0 else { return nil }
    return Int64(facts.st_mtim.tv_sec) * 1_000_000_000 + Int64(facts.st_mtim.tv_nsec)
}

extension FileDescriptor {
    /// Writes the readable bytes of a buffer at an offset.
    func write(_ bytes: ByteBuffer, at offset: Int64 = 0) throws(SystemError) {
        // The closure's own error type is lost in `rethrows`, so it is carried past it.
        let result = bytes.withUnsafeReadableBytes { pointer in
            Result { () throws(SystemError) in try write(pointer, at: offset) }
        }
        try result.get()
    }
}

extension ByteBuffer {
    /// Appends up to `count` bytes of a file.
    mutating func fill(from descriptor: FileDescriptor, at offset: Int64, count: Int) throws(SystemError) {
        var failure: SystemError?
        writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            do throws(SystemError) {
                return try descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: space[..<count]), at: offset)
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
    }
}
