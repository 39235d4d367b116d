//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

@Suite("Events of a server that is killed", .timeLimit(.minutes(10)))
struct EventKillTests {
    private static let rounds = 12
    private static let clients = 4

    @Test(
        "arrive, each at least once and in order, for all that the server has acknowledged, and for nothing that was not asked"
    )
    func loop() async throws {
        let root = try TemporaryFolder()
        let good = try await TestReceiver.start()
        // Takes every third request only, and ends the connection of another third.
        let number = Mutex(0)
        let bad = try await TestReceiver.start { _ in
            let turn = number.withLock { number in
                number += 1
                return number % 3
            }
            return turn == 0 ? .status(200) : turn == 1 ? .status(500) : .close
        }
        let changes = (0..<Self.clients).map { AcknowledgedChanges(repository: "k/\($0)") }
        let socket = root.path + "/control.sock"
        try await ServerProcess.with(
            root: root.path + "/root",
            { setup in
                setup.http = "control: {socket: \"\(socket)\"}"
                setup.sections = Self.sections(good, bad)
            }
        ) { server in
            for _ in 0..<Self.rounds {
                let client = server.client
                let before = changes.reduce(0) { $0 + $1.acknowledged.count }
                let end = before + Int.random(in: 20...120)
                await withTaskGroup(of: Void.self) { group in
                    for changes in changes {
                        group.addTask { while await changes.step(client) {} }
                    }
                    try? await eventually { changes.reduce(0) { $0 + $1.acknowledged.count } >= end }
                    await server.kill()
                }
                try await server.restart()
            }
            // The metric of it begins with 0 at each start, and is the queue's a moment later.
            try await eventually("all have arrived", limit: .seconds(120)) {
                try await HookedServer(server: server, socket: socket).waiting == 0
            }
        }
        for receiver in [good, bad] {
            let arrived = Self.arrived(receiver)
            for changes in changes {
                let told = arrived[changes.repository] ?? []
                #expect(Self.isSubsequence(changes.acknowledged, of: told), "acknowledged, and not told")
                #expect(Self.isSubsequence(told, of: changes.attempted), "told, and not asked for")
            }
            try await receiver.stop()
        }
        #expect(changes.reduce(0) { $0 + $1.acknowledged.count } > 500)
    }

    private static func sections(_ receivers: TestReceiver...) -> String {
        let endpoints = receivers.enumerated().map { number, receiver in
            """
            {name: r\(number), url: "\(receiver.address)", timeout: 2s, threshold: 100, backoff: 100ms,
             ignore: {actions: [pull]}}
            """
        }
        return "notifications: {endpoints: [\(endpoints.joined(separator: ","))]}"
    }

    /// What arrived for each repository, each event once, in the order in which they came first.
    private static func arrived(_ receiver: TestReceiver) -> [String: [String]] {
        var known: Set<String> = []
        var arrived: [String: [String]] = [:]
        for request in receiver.taken {
            for event in (try? JSONValue(text: request.body)["events"]?.array) ?? [] {
                guard let id = event["id"]?.string, known.insert(id).inserted, let target = event["target"],
                    let repository = target["repository"]?.string
                else { continue }
                let words = [event["action"]?.string, target["tag"]?.string, target["digest"]?.string]
                arrived[repository, default: []].append(words.compactMap(\.self).joined(separator: " "))
            }
        }
        return arrived
    }

    private static func isSubsequence(_ part: [String], of whole: [String]) -> Bool {
        var rest = whole[...]
        for item in part {
            guard let place = rest.firstIndex(of: item) else { return false }
            rest = rest[(place + 1)...]
        }
        return true
    }
}

/// Changes of one repository, one after the other, with what was asked for and what was acknowledged, in the words of events.
private final class AcknowledgedChanges: Sendable {
    let repository: String
    private let state = Mutex(State())

    private struct State {
        var attempted: [String] = []
        var acknowledged: [String] = []
        var number = 0
    }

    init(repository: String) { self.repository = repository }

    var attempted: [String] { state.withLock { $0.attempted } }
    var acknowledged: [String] { state.withLock { $0.acknowledged } }

    /// Pushes an image under a tag, or deletes a tag or an image.
    /// - Returns: false when the server is gone.
    func step(_ client: WireClient) async -> Bool {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        // No two are the same, so that each event can be told from all others.
        let blob = Array("\(repository) \(number) \(UInt64.random(in: 0 ... .max))".utf8)
        do {
            try await attempt("push \(Digest.of(blob))") {
                let location = try await client.beginUpload(in: repository)
                try await client.finishUpload(location, blob, Digest.of(blob))
            }
            let manifest = WireClient.manifest(configuration: blob, layers: [])
            try await attempt("push t\(number) \(Digest.of(manifest))") {
                try await check(client.put(manifest, as: "t\(number)", to: repository), 201)
            }
            guard number.isMultiple(of: 3) else { return true }
            try await attempt("delete t\(number)") {
                try await check(client.delete("/v2/\(repository)/manifests/t\(number)"), 202)
            }
            try await attempt("delete \(Digest.of(manifest))") {
                try await check(client.delete("/v2/\(repository)/manifests/\(Digest.of(manifest))"), 202)
            }
            return true
        } catch {
            return false
        }
    }

    private func attempt(_ words: String, _ body: () async throws -> Void) async throws {
        state.withLock { $0.attempted.append(words) }
        try await body()
        state.withLock { $0.acknowledged.append(words) }
    }

    private func check(_ response: WireResponse, _ status: Int) throws {
        guard response.status == status else { throw UnexpectedStatus(response: response) }
    }
}
