//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// What is asked of systemd's journal, by way of journalctl(1).
package struct JournalQuery: Sendable {
    /// A journal namespace; nil is all of them, the default one among them.
    package var namespace: String?
    /// Only entries of this unit.
    package var unit: String?
    /// A folder of journal files in place of the system's.
    package var directory: String?

    package init(namespace: String? = nil, unit: String? = nil, directory: String? = nil) {
        self.namespace = namespace
        self.unit = unit
        self.directory = directory
    }

    /// What journalctl is called with.
    /// - Parameter times: of the receipt of entries, which whole seconds bound.
    func arguments(_ times: TimeWindow) -> [String] {
        // Without --all, fields of more than 4096 bytes come as null.
        var arguments = ["--output=json", "--all", "--no-pager", "--quiet"]
        arguments.append("--namespace=\(namespace ?? "*")")
        if let directory { arguments.append("--directory=\(directory)") }
        if let unit { arguments.append("--unit=\(unit)") }
        if let since = times.since { arguments.append("--since=@\(since.microseconds / 1_000_000)") }
        if let until = times.until { arguments.append("--until=@\((until.microseconds + 999_999) / 1_000_000)") }
        if unit == nil { arguments.append("SYSLOG_IDENTIFIER=plimsoll") }
        return arguments
    }

    /// A running journalctl.
    struct Running {
        let output: Int32
        private let pid: pid_t

        init(output: Int32, pid: pid_t) {
            self.output = output
            self.pid = pid
        }

        /// Waits for its end.
        /// - Returns: its exit code, or 128 and the signal's number.
        func finish(killing: Bool) -> Int32 {
            if killing { kill(pid, SIGTERM) }
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            return status & 0x7f == 0 ? status >> 8 & 0xff : 128 + status & 0x7f
        }
    }

    /// Starts journalctl; its complaints go to this process's standard error.
    func start(_ times: TimeWindow) throws(LogFileError) -> Running {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw LogFileError("pipe", "journalctl") }
        defer { close(ends[1]) }
        _ = fcntl(ends[0], F_SETFD, FD_CLOEXEC)
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
        let words = (["journalctl"] + arguments(times)).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, "journalctl", &actions, nil, words, environ)
        guard failure == 0 else {
            close(ends[0])
            throw LogFileError("start", "journalctl", errno: failure)
        }
        return Running(output: ends[0], pid: pid)
    }
}
