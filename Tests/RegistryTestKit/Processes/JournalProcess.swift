//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry

#if canImport(Glibc)
    import Glibc
#endif

/// A systemd-journald of the test's own, in a namespace of its own: it needs no systemd and disturbs no other journal.
///
/// Needs root, as it writes to /run.
package final class JournalProcess: Sendable {
    package let name: String
    private let process: ChildProcess
    /// An open stream, without which a journal of a namespace ends when it has had nothing to do for half a minute.
    private let stream: CInt

    private init(_ name: String, _ process: ChildProcess, _ stream: CInt) {
        self.name = name
        self.process = process
        self.stream = stream
    }

    private static func folder(_ name: String) -> String { "/run/systemd/journal.\(name)" }

    /// The socket for entries.
    package var socket: String { Self.folder(name) + "/socket" }

    /// Keeps a journal while the body runs; nothing of it stays behind.
    package static func with<Output>(_ body: (JournalProcess) async throws -> Output) async throws -> Output {
        let name = "plimsoll-\(UUID().uuidString.prefix(8).lowercased())"
        let settings = "/run/systemd/journald@\(name).conf.d"
        defer {
            for path in [folder(name), settings] + files(of: name) { try? FileManager.default.removeItem(atPath: path) }
        }
        try FileManager.default.createDirectory(atPath: settings, withIntermediateDirectories: true)
        let text = "[Journal]\nStorage=volatile\nRateLimitIntervalSec=0\nRuntimeMaxUse=256M\n"
        try text.write(toFile: settings + "/test.conf", atomically: true, encoding: .utf8)
        let process = try start(name)
        let result: Result<Output, any Error>
        do {
            let stream = try await connect(to: folder(name) + "/stdout", of: process)
            defer { close(stream) }
            result = .success(try await body(JournalProcess(name, process, stream)))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    private static func start(_ name: String) throws -> ChildProcess {
        try FileManager.default.createDirectory(atPath: folder(name), withIntermediateDirectories: true)
        return try ChildProcess(
            "/lib/systemd/systemd-journald",
            [name],
            environment: ["RUNTIME_DIRECTORY": folder(name)]
        )
    }

    private static func files(of name: String) -> [String] {
        let root = "/run/log/journal"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.filter { $0.hasSuffix(".\(name)") }.map { "\(root)/\($0)" }
    }

    /// Waits until the journal listens.
    private static func connect(to path: String, of process: ChildProcess) async throws -> CInt {
        let descriptor = Glibc.socket(AF_UNIX, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        do {
            guard let address = UnixAddress(path: path) else {
                throw ProcessNotStarted(description: "\(path): too long for a socket")
            }
            try await eventually("the journal listens") {
                guard process.isRunning else {
                    throw ProcessNotStarted(description: "systemd-journald: \(process.errors.lines)")
                }
                return address.withSocketAddress { Glibc.connect(descriptor, $0, $1) } == 0
            }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Holds the journal up, as a machine does that is short of everything.
    package func pause() { process.send(SIGSTOP) }

    package func resume() { process.send(SIGCONT) }

    /// Writes a line in plain words, as a server does whose standard error is the journal.
    package func say(_ line: String) async throws {
        let stream = try await Self.connect(to: Self.folder(name) + "/stdout", of: process)
        defer { close(stream) }
        // The identifier, no unit, the priority, and four switches that are off.
        let text = Array("plimsoll\n\n6\n0\n0\n0\n0\n\(line)\n".utf8)
        guard write(stream, text, text.count) == text.count else {
            throw ProcessNotStarted(description: "systemd-journald takes no lines")
        }
    }

    /// What `journalctl` prints of this journal.
    package func output(_ arguments: [String]) async throws -> String {
        let result = try await Tool.run("journalctl", ["--namespace=\(name)", "--no-pager", "--quiet"] + arguments)
        return result.output
    }

    /// The entries that match, each as an object of its fields.
    /// - Parameter matches: such as `HTTP_STATUS=404`.
    package func entries(_ matches: String...) async throws -> [JSONValue] {
        try await output(["--output=json", "--all", "--identifier=plimsoll"] + matches)
            .split(separator: "\n").map { try JSONValue(text: String($0)) }
    }
}
