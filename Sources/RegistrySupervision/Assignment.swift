//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// One line of a datagram to the service manager: sd_notify(3), "Well-known assignments".
package enum Assignment: Sendable, Equatable {
    /// The start is complete; or, after `reloading`, the reload.
    case ready
    /// The configuration is being read again; `ready` must follow.
    /// - Parameter time: of CLOCK_MONOTONIC, in microseconds.
    case reloading(time: UInt64)
    /// The server is ending.
    case stopping
    /// One line for people, as `systemctl status` shows it.
    case status(String)
    /// The server has proved that it works.
    case watchdog
    /// The manager is to wait this much longer, from now on, for the next state.
    case extendTimeout(Duration)

    /// A reload that begins now.
    package static var reloadingNow: Assignment {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .reloading(time: UInt64(time.tv_sec) * 1_000_000 + UInt64(time.tv_nsec) / 1000)
    }

    /// As it is sent, without a line feed.
    var line: String {
        switch self {
        case .ready: "READY=1"
        case .reloading(let time): "RELOADING=1\nMONOTONIC_USEC=\(time)"
        case .stopping: "STOPPING=1"
        // A line feed would begin the next assignment.
        case .status(let text): "STATUS=" + String(text.map { $0.isNewline ? " " : $0 })
        case .watchdog: "WATCHDOG=1"
        case .extendTimeout(let duration): "EXTEND_TIMEOUT_USEC=\(duration.microseconds)"
        }
    }
}

extension Duration {
    /// Whole microseconds.
    var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
