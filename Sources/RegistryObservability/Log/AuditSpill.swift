//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import Synchronization

/// The file for audit entries that their sink did not take in time.
///
/// Lines have their number and the name of the sink that misses them.
final class AuditSpill: Sendable {
    let path: String
    private let maximumBytes: Int64
    private let descriptor = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - path: made when it is first needed; what is there already is kept.
    ///   - maximumBytes: the file never grows beyond.
    init(path: String, maximumBytes: Int64) {
        self.path = path
        self.maximumBytes = maximumBytes
    }

    deinit { descriptor.withLock { if let descriptor = $0 { close(descriptor) } } }

    /// Writes a line; blocks for as long as the disk takes.
    /// - Returns: why it could not be written, or nil.
    func write(_ line: UnsafeBufferPointer<UInt8>) -> String? {
        descriptor.withLock { descriptor in
            if descriptor == nil {
                let opened = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o640)
                guard opened >= 0 else { return failure("open") }
                descriptor = opened
            }
            guard let file = descriptor else { return nil }
            var facts = stat()
            guard fstat(file, &facts) == 0 else { return failure("fstat") }
            guard facts.st_size + line.count <= maximumBytes else { return "\(path): has its full size" }
            guard Glibc.write(file, line.baseAddress, line.count) == line.count else {
                let reason = failure("write")
                // No torn line stays behind.
                _ = ftruncate(file, facts.st_size)
                return reason
            }
            return nil
        }
    }

    /// Waits until all that was written is on the disk.
    func synchronize() { descriptor.withLock { if let file = $0 { _ = fdatasync(file) } } }

    private func failure(_ call: String) -> String { "\(path): \(call): \(String(cString: strerror(errno)))" }
}
