//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// The metrics that every process has, under the names that Prometheus' clients share.
///
/// What the kernel does not tell is left out.
struct ProcessCollector: Collector {
    /// Seconds since 1970, worked out once so that it does not tremble from scrape to scrape.
    private let startTime: Double?

    init() {
        self.startTime = ProcessStatus.current.map { status in
            let sinceBoot = Double(status.startTicks) / ProcessStatus.ticksPerSecond
            return Self.read(CLOCK_REALTIME) - Self.read(CLOCK_BOOTTIME) + sinceBoot
        }
    }

    func collect(into writer: inout ExpositionWriter) {
        if let status = ProcessStatus.current {
            writer.family("process_cpu_seconds_total", .counter, help: "User and system CPU time spent in seconds.")
            writer.sample(Double(status.cpuTicks) / ProcessStatus.ticksPerSecond)
            writer.family("process_resident_memory_bytes", .gauge, help: "Resident memory size in bytes.")
            writer.sample(status.residentMemoryBytes)
            writer.family("process_virtual_memory_bytes", .gauge, help: "Virtual memory size in bytes.")
            writer.sample(status.virtualMemoryBytes)
            writer.family("process_threads", .gauge, help: "Number of threads.")
            writer.sample(status.threads)
        }
        if let limit = Self.limit(RLIMIT_AS) {
            writer.family(
                "process_virtual_memory_max_bytes",
                .gauge,
                help: "Largest virtual memory size allowed in bytes, -1 if there is no limit."
            )
            writer.sample(limit)
        }
        if let count = ProcessStatus.openDescriptors {
            writer.family("process_open_fds", .gauge, help: "Number of open file descriptors.")
            writer.sample(count)
        }
        if let limit = Self.limit(RLIMIT_NOFILE) {
            writer.family("process_max_fds", .gauge, help: "Largest number of open file descriptors allowed.")
            writer.sample(limit)
        }
        if let startTime {
            writer.family("process_start_time_seconds", .gauge, help: "Start of the process in seconds since 1970.")
            writer.sample(startTime)
        }
    }

    /// A soft limit; -1 if there is none.
    private static func limit(_ resource: __rlimit_resource) -> Int64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0 else { return nil }
        return Int64(exactly: limit.rlim_cur) ?? -1
    }

    private static func read(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
