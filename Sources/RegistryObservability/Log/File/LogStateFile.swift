//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc

/// A small file beside the log: it is locked by the one process that writes the log, and keeps the last sequence number,
/// so that numbers go on over restarts even when every rotated file is gone.
struct LogStateFile: ~Copyable, Sendable {
    private let descriptor: Int32
    private let path: String
    private let identity: FileIdentity
    private(set) var last: Int64

    /// Opens and locks the file.
    /// - Parameter lastKnown: the last number that is known to be given.
    /// - Throws: ``LogFileError``, also when another process has the lock.
    init(_ folder: LogFolder, mode: UInt32, after lastKnown: Int64 = 0) throws(LogFileError) {
        let path = folder.name.statePath
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, mode)
        // The operator knows the log, and not this file.
        guard descriptor >= 0 else { throw LogFileError("open", folder.name.path) }
        guard plimsoll_try_lock(descriptor) == 0 else {
            close(descriptor)
            throw LogFileError("lock", folder.name.path, cause: "another process writes this log")
        }
        let (identity, newest): (FileIdentity, RotatedName?)
        do throws(LogFileError) {
            identity = try FileIdentity.Facts(of: descriptor, path).identity
            newest = try folder.rotated().last?.name
        } catch {
            close(descriptor)
            throw error
        }
        var text = [UInt8](repeating: 0, count: Self.width)
        let isThere = pread(descriptor, &text, Self.width, 0) == Self.width
        let number = isThere ? Int64(String(decoding: text, as: UTF8.self)) : nil
        // A number that no log ever comes to was not written by one.
        let stored = number.flatMap { (0..<Self.bound).contains($0) ? $0 : nil }
        self.descriptor = descriptor
        self.path = path
        self.identity = identity
        self.last = max(lastKnown, stored ?? 0, newest?.sequence ?? 0)
    }

    deinit { close(descriptor) }

    /// Whether who looks for the lock finds this one.
    var isAtItsPlace: Bool { (try? FileIdentity.Facts(of: path))?.identity == identity }

    /// Digits of the number.
    private static let width = 19
    /// Below what the names of rotated files have room for.
    private static let bound: Int64 = 100_000_000_000_000_000

    /// The next number; it is not given again, whatever happens.
    mutating func next() -> Int64 {
        last += 1
        let digits = String(last)
        let text = Array((String(repeating: "0", count: Self.width - digits.utf8.count) + digits + "\n").utf8)
        // If that fails, the names of the rotated files still tell the number.
        _ = pwrite(descriptor, text, text.count, 0)
        return last
    }
}
