//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// What the kernel knows of this process, from proc(5).
struct ProcessStatus {
    var cpuTicks: Int64
    var threads: Int64
    /// Ticks since the machine was started.
    var startTicks: Int64
    var virtualMemoryBytes: Int64
    var residentMemoryBytes: Int64

    /// Reads `/proc/self/stat`; nil where there is none.
    static var current: ProcessStatus? { readText("/proc/self/stat").flatMap { ProcessStatus(stat: $0) } }

    /// Parses the text of a `stat` file; nil if it is not one.
    init?(stat: String) {
        // The second field is the program's name in parentheses, and may itself have spaces and parentheses.
        guard let nameEnd = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: nameEnd)...].split(whereSeparator: \.isWhitespace)
        /// By the numbers of proc(5), in which the first field after the name is 3.
        func field(_ number: Int) -> Int64? { fields.count > number - 3 ? Int64(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22),
            let virtual = field(23), let pages = field(24)
        else { return nil }
        self.cpuTicks = user + system
        self.threads = threads
        self.startTicks = start
        self.virtualMemoryBytes = virtual
        self.residentMemoryBytes = pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Ticks in a second.
    static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))

    /// Descriptors that are open; nil if they cannot be listed.
    static var openDescriptors: Int64? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var entries: Int64 = 0
        while readdir(directory) != nil { entries += 1 }
        // Not `.` and `..`, nor the descriptor that lists them.
        return entries - 3
    }

    /// The beginning of a file; nil if it cannot be read.
    /// - Parameter limit: bytes of it.
    static func readText(_ path: String, limit: Int = 4096) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = max(0, read(descriptor, buffer.baseAddress, buffer.count))
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
