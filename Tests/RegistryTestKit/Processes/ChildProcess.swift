//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A process that a test started, and what it has written so far.
///
/// Ended by its own number, and only while it has not been waited for, so that no other process is ever hit.
package final class ChildProcess: Sendable {
    package let pid: CInt
    package let output: OutputLines
    package let errors: OutputLines
    private let ending = Mutex(Ending())

    private struct Ending {
        var status: ExitStatus?
        var waiters: [CheckedContinuation<ExitStatus, Never>] = []
    }

    /// Starts a program.
    /// - Parameters:
    ///   - program: a path, or a name to be looked for in `PATH`.
    ///   - environment: laid over the test's own.
    /// - Throws: ``ProcessNotStarted``.
    package init(
        _ program: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws {
        let (pid, outputEnd, errorEnd) = try Self.start(program, arguments, environment)
        self.pid = pid
        self.output = OutputLines(reading: outputEnd)
        self.errors = OutputLines(reading: errorEnd)
        Thread.detachNewThread { [self] in reap() }
    }

    private static func start(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String]
    ) throws -> (pid: CInt, output: CInt, errors: CInt) {
        let (outputEnd, outputStart) = try pipe()
        let (errorEnd, errorStart) = try pipe()
        defer { for descriptor in [outputStart, errorStart] { close(descriptor) } }
        do {
            let pid = try spawn(program, arguments, environment, outputStart, errorStart)
            return (pid, outputEnd, errorEnd)
        } catch {
            for descriptor in [outputEnd, errorEnd] { close(descriptor) }
            throw error
        }
    }

    private static func spawn(
        _ program: String,
        _ arguments: [String],
        _ environment: [String: String],
        _ output: CInt,
        _ errors: CInt
    ) throws -> CInt {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, errors, 2)
        try closeOthers(&actions)
        // The threads that tasks run on have their signals blocked, which a child would inherit.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let variables = self.environment(with: environment).map { strdup("\($0.key)=\($0.value)") } + [nil]
        let words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for text in variables + words { free(text) } }
        var pid: pid_t = 0
        let failure = posix_spawnp(&pid, program, &actions, &attributes, words, variables)
        guard failure == 0 else {
            throw ProcessNotStarted(description: "\(program): \(String(cString: strerror(failure)))")
        }
        return pid
    }

    /// Lets the child have no descriptor but the three: an inherited socket would keep another test's connection open.
    private static func closeOthers(_ actions: inout posix_spawn_file_actions_t) throws {
        typealias Function = @convention(c) (UnsafeMutablePointer<posix_spawn_file_actions_t>, CInt) -> CInt
        // glibc has it since 2.34, but its headers do not show it to Swift.
        guard let symbol = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np") else {
            throw ProcessNotStarted(description: "the C library cannot close descriptors for a child")
        }
        _ = unsafeBitCast(symbol, to: Function.self)(&actions, 3)
    }

    /// Variables meant for a registry that runs beside the tests must not reach theirs.
    private static func environment(with more: [String: String]) -> [String: String] {
        ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("REGISTRY_") && !$0.key.hasPrefix("OTEL_") && !$0.key.hasPrefix("AWS_")
                && !$0.key.hasPrefix("AZURE_")
        }.merging(more) { $1 }
    }

    private static func pipe() throws -> (end: CInt, start: CInt) {
        var ends: [CInt] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw ProcessNotStarted(description: "pipe: \(errno)") }
        return (ends[0], ends[1])
    }

    private func reap() {
        var facts = siginfo_t()
        // The number stays taken until it is given back under the lock.
        while waitid(P_PID, id_t(pid), &facts, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (status, waiters) = ending.withLock { ending in
            var word: CInt = 0
            waitpid(pid, &word, 0)
            let status: ExitStatus = word & 0x7f == 0 ? .code(word >> 8 & 0xff) : .signal(word & 0x7f)
            ending.status = status
            defer { ending.waiters = [] }
            return (status, ending.waiters)
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Sends a signal, unless the process has ended.
    package func send(_ signal: CInt) {
        ending.withLock { if $0.status == nil { _ = kill(pid, signal) } }
    }

    package var isRunning: Bool { ending.withLock { $0.status == nil } }

    /// Waits for the end.
    package func exit() async -> ExitStatus {
        await withCheckedContinuation { continuation in
            let status = ending.withLock { ending in
                if ending.status == nil { ending.waiters.append(continuation) }
                return ending.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// Waits for the end of the process and of what it writes.
    package func finished() async -> (status: ExitStatus, output: String, errors: String) {
        let status = await exit()
        return (status, await output.whole(), await errors.whole())
    }
}

/// How a process ended.
package enum ExitStatus: Sendable, Equatable {
    case code(CInt)
    case signal(CInt)
}

/// A program could not be started.
package struct ProcessNotStarted: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}
