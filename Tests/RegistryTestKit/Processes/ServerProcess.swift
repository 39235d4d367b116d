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

/// The executable as it is shipped, serving a folder on free ports of the loopback address.
package final class ServerProcess: Sendable {
    /// What a test may want otherwise.
    package struct Setup: Sendable {
        /// `storage.filesystem.rootdirectory`.
        package var root: String
        /// The driver in place of `filesystem`, with its parameters, in YAML's flow style: `s3: {…}`.
        package var driver: String?
        /// A further key of `storage`, likewise.
        package var storage = "tag: {}"
        package var secret = "a secret for tests"
        package var reserve = "0"
        package var drainTimeout = "30s"
        package var logLevel = "info"
        /// Further keys of `log`, in YAML's flow style.
        package var log = "sinks: {}"
        /// A further key of `http`, with a value in YAML's flow style.
        package var http = "relativeurls: false"
        /// Further sections, as YAML.
        package var sections = ""
        /// A program and its arguments that the server is started through; it must become the server, or fork and keep
        /// the number of the process for it.
        package var wrapper: [String] = []
        package var environment: [String: String] = [:]

        package init(root: String) { self.root = root }

        fileprivate var yaml: String {
            """
            version: 0.1
            log: {level: \(logLevel), fields: {service: test}, \(log)}
            storage:
              \(driver ?? "filesystem: {rootdirectory: \"\(root)\"}")
              \(storage)
              delete: {enabled: true}
              reserve: \(reserve)
            http:
              addr: 127.0.0.1:0
              secret: \(secret)
              draintimeout: \(drainTimeout)
              debug: {addr: "127.0.0.1:0", prometheus: {enabled: true}}
              \(http)
            \(sections)
            """
        }
    }

    package let setup: Setup
    private let folder: TemporaryFolder
    private let run: Mutex<Run>

    private struct Run {
        let process: ChildProcess
        var port = 0
        var sidePort = 0
    }

    private init(_ setup: Setup) throws {
        self.setup = setup
        self.folder = try TemporaryFolder()
        try folder.write(Array(setup.yaml.utf8), to: "config.yml")
        self.run = Mutex(Run(process: try Self.launch(setup, folder)))
    }

    private static func launch(_ setup: Setup, _ folder: TemporaryFolder) throws -> ChildProcess {
        try .server(in: folder, wrapper: setup.wrapper, environment: setup.environment)
    }

    /// Serves while the body runs; what still runs then is killed.
    package static func with<Output>(
        root: String = "",
        _ configure: (inout Setup) -> Void = { _ in },
        _ body: (ServerProcess) async throws -> Output
    ) async throws -> Output {
        var setup = Setup(root: root)
        configure(&setup)
        let server = try ServerProcess(setup)
        let result: Result<Output, any Error>
        do {
            try await server.ready()
            result = .success(try await body(server))
        } catch {
            result = .failure(error)
        }
        await server.kill()
        return try result.get()
    }

    private func ready() async throws {
        let process = process
        for event in ["server_started", "side_port_started"] {
            let line = await process.output.line { $0.contains("\"event\":\"\(event)\"") }
            guard let line, let address = try JSONValue(text: line)["address"]?.string,
                let port = address.split(separator: ":").last.flatMap({ Int($0) })
            else {
                let words = await process.finished()
                throw ProcessNotStarted(description: "the server ended with \(words)")
            }
            run.withLock { if event == "server_started" { $0.port = port } else { $0.sidePort = port } }
        }
    }

    // MARK: What runs

    package var process: ChildProcess { run.withLock { $0.process } }

    package var port: Int { run.withLock { $0.port } }

    /// Of metrics and health.
    package var sidePort: Int { run.withLock { $0.sidePort } }

    /// The path of its configuration, for commands.
    package var configuration: String { folder.path + "/config.yml" }

    package var address: String { "127.0.0.1:\(port)" }

    package var client: WireClient { WireClient(port: port) }

    /// The lines of the log so far, of this run.
    /// - Throws: when one is not a JSON object.
    package func log() throws -> [JSONValue] { try process.output.lines.map { try JSONValue(text: $0) } }

    /// Waits for the line of the request that was answered with a response.
    package func accessLine(of response: WireResponse) async throws -> JSONValue? {
        let id = response["x-request-id"] ?? ""
        let line = await process.output.line { $0.contains("\"request_id\":\"\(id)\"") }
        return try line.map { try JSONValue(text: $0) }
    }

    /// Waits for an event in the log.
    package func event(_ name: String) async throws -> JSONValue? {
        let line = await process.output.line { $0.contains("\"event\":\"\(name)\"") }
        return try line.map { try JSONValue(text: $0) }
    }

    /// Descriptors that the server has open.
    package func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process.pid)/fd").count
    }

    // MARK: Ending and beginning again

    /// Asks the server to end, and waits until it has.
    @discardableResult
    package func terminate() async -> ExitStatus {
        process.send(SIGTERM)
        return await process.exit()
    }

    /// Asks a server to end that runs below another program, such as strace, and waits for both.
    package func terminateTraced() async {
        let children = try? String(contentsOfFile: "/proc/\(process.pid)/task/\(process.pid)/children", encoding: .utf8)
        for child in (children ?? "").split(separator: " ").compactMap({ pid_t($0) }) { _ = Glibc.kill(child, SIGTERM) }
        _ = await process.exit()
    }

    /// Ends the server without a warning.
    package func kill() async {
        process.send(SIGKILL)
        _ = await process.exit()
    }

    /// Starts again on the same root, after the server has ended; the ports are new ones.
    package func restart() async throws {
        let next = try Self.launch(setup, folder)
        run.withLock { $0 = Run(process: next) }
        try await ready()
    }
}

extension ChildProcess {
    /// Starts plimsoll with the `config.yml` of a folder.
    ///
    /// No test may take, or find taken, the control socket of a server that this machine has, so the folder is its
    /// runtime directory too.
    /// - Parameter wrapper: a program and its arguments that starts it.
    package static func server(
        in folder: TemporaryFolder,
        wrapper: [String] = [],
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let command = wrapper + [try ProjectFolder.binary(), "serve", folder.path + "/config.yml"]
        let variables = ["RUNTIME_DIRECTORY": folder.path].merging(environment) { $1 }
        return try ChildProcess(command[0], Array(command.dropFirst()), environment: variables)
    }
}
