//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import Synchronization

/// Says to other processes that a ledger is in use; gone with the process.
final class LedgerLock: Sendable {
    private let descriptor: CInt

    /// - Throws: `locked` while another process has it.
    init(_ path: String) throws(LedgerError) {
        let file = "\(path).lock"
        descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw LedgerError(Self.kind(errno), "\(file): \(String(cString: strerror(errno)))")
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            let owner = Self.owner(descriptor)
            close(descriptor)
            guard number == EWOULDBLOCK else {
                throw LedgerError(.failed, "\(file): \(String(cString: strerror(number)))")
            }
            throw LedgerError(.locked, "\(path) is in use by process \(owner)")
        }
        // For people; what counts is the lock. On a full disk it stays as it was.
        let text = "\(getpid())\n"
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.utf8.count, 0) }
    }

    deinit { close(descriptor) }

    private static func owner(_ descriptor: CInt) -> String {
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let digits = bytes.prefix(max(count, 0)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return digits.isEmpty ? "(unknown)" : String(decoding: digits, as: UTF8.self)
    }

    private static func kind(_ number: CInt) -> LedgerError.Kind {
        switch number {
        case ENOSPC, EDQUOT: .noSpace
        case EROFS, EACCES, EPERM: .readOnly
        default: .failed
        }
    }
}
