//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit

#if canImport(Glibc)
    import Glibc
#endif

/// A collector of traces that decodes with OpenTelemetry's own package; see `collector.py` beside this file.
final class CollectorProcess: Sendable {
    private let process: ChildProcess
    let port: Int
    private let isEncrypted: Bool

    private init(_ process: ChildProcess, port: Int, isEncrypted: Bool) {
        self.process = process
        self.port = port
        self.isEncrypted = isEncrypted
    }

    /// What the collector shows and wants to see; files in PEM form.
    struct Encryption {
        var identity: TestAuthority.Identity
        /// Of whom a client must have a certificate; nil asks for none.
        var clientAuthority: String?
    }

    /// Collects while the body runs.
    /// - Parameters:
    ///   - answers: in the words of `collector.py`.
    ///   - encryption: nil for requests in clear.
    ///   - mark: a text that no request may have; see ``markedRequests()``.
    static func with<Output>(
        _ answers: [String] = [],
        encryption: Encryption? = nil,
        mark: String? = nil,
        _ body: (CollectorProcess) async throws -> Output
    ) async throws -> Output {
        let script = ProjectFolder.path + "/Tests/PeerTests/Observing/Collector/collector.py"
        var variables: [String: String] = [:]
        variables["COLLECTOR_CERTIFICATE"] = encryption?.identity.certificate
        variables["COLLECTOR_KEY"] = encryption?.identity.key
        variables["COLLECTOR_MARK"] = mark
        variables["COLLECTOR_CLIENT_AUTHORITY"] = encryption?.clientAuthority
        let process = try ChildProcess(ProjectFolder.python, [script] + answers, environment: variables)
        guard let port = await process.output.line(where: { _ in true }).flatMap({ Int($0) }) else {
            let words = await process.finished()
            throw ProcessNotStarted(description: "the collector ended with \(words)")
        }
        let result: Result<Output, any Error>
        do {
            let collector = CollectorProcess(process, port: port, isEncrypted: encryption != nil)
            result = .success(try await body(collector))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        return try result.get()
    }

    /// Variables that lead a server here, soon and with everything.
    var environment: [String: String] {
        [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "\(isEncrypted ? "https" : "http")://127.0.0.1:\(port)",
            "OTEL_BSP_SCHEDULE_DELAY": "50",
            "OTEL_TRACES_SAMPLER": "parentbased_always_on",
        ]
    }

    /// The requests so far.
    func requests() throws -> [JSONValue] { try process.output.lines.dropFirst().map { try JSONValue(text: $0) } }

    /// The spans so far.
    /// - Throws: what the decoder had to say against one of the requests.
    func spans() throws -> [CollectedSpan] {
        try requests().flatMap { request in
            if let error = request["error"]?.string { throw CollectorRefusal(description: error) }
            return request["spans"]?.array.map { CollectedSpan(value: $0) } ?? []
        }
    }

    /// How many requests have the mark in their body.
    func markedRequests() throws -> Int { try requests().count { $0["marked"] != .bool(false) } }

    /// Waits for the whole trace that a response belongs to.
    func trace(of response: WireResponse) async throws -> [CollectedSpan] {
        let id = response["traceresponse"]?.split(separator: "-").dropFirst().first.map { String($0) } ?? ""
        var found: [CollectedSpan] = []
        try await eventually("trace \(id)") {
            found = try spans().filter { $0.traceID == id }
            return !found.isEmpty
        }
        return found
    }
}

/// A span as the collector tells it.
struct CollectedSpan {
    let value: JSONValue

    var name: String { value["name"]?.string ?? "" }
    var traceID: String { value["trace_id"]?.string ?? "" }
    var id: String { value["span_id"]?.string ?? "" }
    /// Empty for none.
    var parentID: String { value["parent_span_id"]?.string ?? "" }
    /// Nanoseconds.
    var duration: Int { value["duration"]?.int ?? -1 }

    func text(_ attribute: String) -> String? { value["attributes"]?[attribute]?.string }
    func number(_ attribute: String) -> Int? { value["attributes"]?[attribute]?.int }
}

struct CollectorRefusal: Error, CustomStringConvertible {
    let description: String
}

extension ProjectFolder {
    /// Python with the packages that `scripts/install test` brings.
    static var python: String {
        ProcessInfo.processInfo.environment["PLIMSOLL_PYTHON"] ?? path + "/.build/python/bin/python3"
    }
}
