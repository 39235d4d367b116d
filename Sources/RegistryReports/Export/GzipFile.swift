//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib
import Glibc
import RegistryModel
import RegistryStorage

/// A file that is compressed while it is written; it is not there for good before `finish`.
///
/// Blocks.
final class GzipFile {
    private let path: String
    private let descriptor: CInt
    /// On the heap: zlib remembers the address.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 128 << 10)
    private var input: [UInt8] = []
    private var hasher = ContentHasher(.sha256)
    private(set) var size: Int64 = 0

    /// Uncompressed bytes that are gathered.
    private static let batch = 256 << 10

    /// - Throws: `unavailable` if there is a file of that name, or it cannot be made.
    init(_ path: String) throws(ReportFailure) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .file(path) }
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window, and 16 more mean gzip. Its header tells no time, so that equal content is equal.
        let result = deflateInit2_(
            stream,
            Self.level,
            Z_DEFLATED,
            31,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        precondition(result == Z_OK, "zlib has no memory")
        input.reserveCapacity(Self.batch + 4096)
    }

    private static let level: Int32 = 4

    deinit {
        close(descriptor)
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    func append(_ text: String) throws(ReportFailure) {
        input.append(contentsOf: text.utf8)
        if input.count >= Self.batch { try compress(Z_NO_FLUSH) }
    }

    /// Makes it durable.
    /// - Returns: the SHA-256 of the compressed bytes, in hexadecimal digits.
    func finish() throws(ReportFailure) -> String {
        try compress(Z_FINISH)
        guard fsync(descriptor) == 0 else { throw .file(path) }
        return String(hasher.digest.hex)
    }

    private func compress(_ flush: Int32) throws(ReportFailure) {
        defer { input.removeAll(keepingCapacity: true) }
        let failure = input.withUnsafeMutableBufferPointer { input -> ReportFailure? in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            repeat {
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                deflate(stream, flush)
                let piece = UnsafeBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))])
                do throws(ReportFailure) { try write(UnsafeRawBufferPointer(piece)) } catch { return error }
            } while stream.pointee.avail_out == 0
            return nil
        }
        if let failure { throw failure }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(ReportFailure) {
        hasher.update(bytes)
        size += Int64(bytes.count)
        try PlainFile.write(bytes, to: descriptor, path)
    }
}

/// Small files, and what else is to be said to the file system.
///
/// Blocks.
enum PlainFile {
    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: CInt, _ path: String) throws(ReportFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .file(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Makes a new file, durably but for its name.
    static func make(_ path: String, _ content: [UInt8]) throws(ReportFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .file(path) }
        defer { close(descriptor) }
        let result = content.withUnsafeBytes { bytes in
            Result { () throws(ReportFailure) in try write(bytes, to: descriptor, path) }
        }
        try result.get()
        guard fsync(descriptor) == 0 else { throw .file(path) }
    }

    /// Makes the names in a folder durable.
    static func synchronize(folder path: String) throws(ReportFailure) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .file(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .file(path) }
    }

    /// The names in a folder; none where there is no folder.
    static func names(in path: String) throws(ReportFailure) -> [String] {
        guard let folder = opendir(path) else {
            guard errno == ENOENT else { throw .file(path) }
            return []
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a folder of files; one that is not there is no failure.
    static func remove(folder path: String) throws(ReportFailure) {
        for name in try names(in: path) where unlink("\(path)/\(name)") != 0 && errno != ENOENT {
            throw .file("\(path)/\(name)")
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .file(path) }
    }
}

extension ReportFailure {
    /// The file system refuses something, by `errno`.
    static func file(_ path: String) -> ReportFailure {
        ReportFailure(.unavailable, "\(path): \(String(cString: strerror(errno)))")
    }
}
