//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What the program that started the server wants to hear from it: systemd, or whoever speaks its protocol.
package struct ServiceManager: Sendable {
    private let socket: NotifySocket?
    /// The time within which the manager wants each sign of life; nil if it wants none.
    package let watchdogTimeout: Duration?
    /// The journal's namespace that the log goes to, if the unit has one of its own.
    package let journalNamespace: String?

    /// Reads what the manager has put into the environment.
    ///
    /// - Parameters:
    ///   - environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC` and `WATCHDOG_PID` as in sd_watchdog_enabled(3), and
    ///     `LOG_NAMESPACE` as in systemd.exec(5).
    ///   - process: the number of this process; a watchdog meant for another one is not ours.
    package init(environment: [String: String], process: Int32) {
        socket = environment["NOTIFY_SOCKET"].flatMap { NotifySocket($0) }
        journalNamespace = environment["LOG_NAMESPACE"].flatMap { $0.isEmpty ? nil : $0 }
        let isForUs = environment["WATCHDOG_PID"].map { Int32($0) == process } ?? true
        watchdogTimeout = environment["WATCHDOG_USEC"]
            .flatMap { Int64($0) }
            .flatMap { isForUs && $0 > 0 ? .microseconds($0) : nil }
    }

    /// Whether anybody listens.
    package var isPresent: Bool { socket != nil }

    /// Tells the manager, if there is one.
    package func tell(_ assignments: Assignment...) async { await socket?.send(assignments) }
}
