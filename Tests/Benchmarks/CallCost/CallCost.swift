//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Measures what a piece of work costs the thread of its request, in CPU time of that thread alone, where whole requests are
/// too noisy to show it.
///
///     CallCost journal SOCKET BATCH PAUSE SECONDS
///     CallCost credential HTPASSWD AUTHORIZATION SECONDS
///
/// Prints a JSON object: nanoseconds a call, as the median and the 90th percentile of batches of calls, and what the kind of
/// work has to tell besides.
@main
struct CallCost {
    static func main() async throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        let facts: String?
        switch arguments.first {
        case "journal": facts = try await JournalCost(arguments)?.measure()
        case "credential": facts = try await CredentialCost(arguments)?.measure()
        default: facts = nil
        }
        guard let facts else { exit(2) }
        print("{\(facts)}")
    }
}

/// The costs of batches of calls.
struct BatchCosts {
    private var costs: [UInt64] = []

    /// When a batch began, in nanoseconds of CPU time of this thread.
    struct Start {
        fileprivate let time: UInt64
        /// What it costs to ask for the time, which is no part of the work.
        fileprivate let asking: UInt64
    }

    static func start() -> Start {
        let first = now()
        let second = now()
        return Start(time: second, asking: second - first)
    }

    private static func now() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }

    /// Adds a batch that began at `start` and has just ended.
    mutating func add(since start: Start, calls: Int) {
        let time = Self.now() - start.time
        costs.append((time - min(time, start.asking)) / UInt64(calls))
    }

    /// Members of a JSON object.
    var facts: String {
        // While everything was cold, it is not the work that was measured.
        let sorted = costs.dropFirst(costs.count / 10).sorted()
        guard !sorted.isEmpty else { return #""ns": null"# }
        return #""ns": \#(sorted[sorted.count / 2]), "p90_ns": \#(sorted[sorted.count * 9 / 10])"#
    }
}
