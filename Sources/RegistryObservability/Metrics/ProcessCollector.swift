//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

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

    private static func describe(
        _ name: String,
        _ kind: MetricDescription.Kind,
        _ help: String,
        isDiagnostic: Bool = false
    ) -> MetricDescription {
        MetricDescription("process_\(name)", kind, help, origin: .prometheus, isDiagnostic: isDiagnostic)
    }

    private static let cpu = describe("cpu_seconds_total", .counter, "User and system CPU time spent in seconds.")
    private static let resident = describe("resident_memory_bytes", .gauge, "Resident memory size in bytes.")
    private static let virtual = describe(
        "virtual_memory_bytes",
        .gauge,
        "Virtual memory size in bytes.",
        isDiagnostic: true
    )
    private static let threads = describe("threads", .gauge, "Number of threads.", isDiagnostic: true)
    private static let virtualLimit = describe(
        "virtual_memory_max_bytes",
        .gauge,
        "Largest virtual memory size allowed in bytes, -1 if there is no limit.",
        isDiagnostic: true
    )
    private static let descriptors = describe("open_fds", .gauge, "Number of open file descriptors.")
    private static let descriptorLimit = describe(
        "max_fds",
        .gauge,
        "Largest number of open file descriptors allowed."
    )
    private static let start = describe(
        "start_time_seconds",
        .gauge,
        "Start of the process in seconds since 1970."
    )
    /// Beside the time of the scrape it tells whether the clock is right.
    private static let clock = MetricDescription(
        "registry_clock_timestamp_seconds",
        .gauge,
        "What the server's clock says at the moment of the scrape, in seconds since 1970."
    )

    static let descriptions = [
        cpu, resident, virtual, threads, virtualLimit, descriptors, descriptorLimit, start, clock,
    ]

    func collect(into writer: inout ExpositionWriter) {
        if let status = ProcessStatus.current {
            writer.family(Self.cpu)
            writer.sample(Double(status.cpuTicks) / ProcessStatus.ticksPerSecond)
            writer.family(Self.resident)
            writer.sample(status.residentMemoryBytes)
            writer.family(Self.virtual)
            writer.sample(status.virtualMemoryBytes)
            writer.family(Self.threads)
            writer.sample(status.threads)
        }
        if let limit = Self.limit(RLIMIT_AS) {
            writer.family(Self.virtualLimit)
            writer.sample(limit)
        }
        if let count = ProcessStatus.openDescriptors {
            writer.family(Self.descriptors)
            writer.sample(count)
        }
        if let limit = Self.limit(RLIMIT_NOFILE) {
            writer.family(Self.descriptorLimit)
            writer.sample(limit)
        }
        if let startTime {
            writer.family(Self.start)
            writer.sample(startTime)
        }
        writer.family(Self.clock)
        writer.sample(Self.read(CLOCK_REALTIME))
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
