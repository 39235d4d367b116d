//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A number in a file, kept by the kernel whatever becomes of the process; used under its owner's lock.
///
/// Without the file's disk being asked: after a loss of power it may be an older one.
final class PullTally: @unchecked Sendable {
    private let memory: UnsafeMutablePointer<UInt64>

    private static let size = MemoryLayout<UInt64>.size

    /// - Returns: nil if there can be no such file.
    init?(_ path: String) {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        // With its blocks on the disk, so that writing to it never ends the process for want of room.
        guard posix_fallocate(descriptor, 0, off_t(Self.size)) == 0,
            let address = mmap(nil, Self.size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            address != MAP_FAILED
        else { return nil }
        self.memory = address.bindMemory(to: UInt64.self, capacity: 1)
    }

    deinit { munmap(memory, Self.size) }

    var count: UInt64 {
        get { memory.pointee }
        set { memory.pointee = newValue }
    }
}
