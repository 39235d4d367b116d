//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTestKit
import Synchronization
import Testing

/// skopeo and podman at work, beside receivers that misbehave.
@Suite("Events of real clients", .timeLimit(.minutes(10)))
struct EventClientsTests {
    private static let rounds = 3

    /// Ways in which a receiver does not take events, but for one that is not there at all.
    private static let troubles: [(name: String, answer: TestReceiver.Answer)] = [
        ("silent", .hang), ("slow", .delayed(.seconds(3), .status(200))), ("error", .status(500)),
        ("busy", .status(429, headers: ["Retry-After": "1"])),
        ("moved", .status(308, headers: ["Location": "http://127.0.0.1:1/"])), ("garbage", .garbage), ("close", .close),
        ("half", .half(503)), ("endless", .endless(500)),
    ]

    @Test("reach whoever takes them at once, and the others when they are well again, or become dead letters")
    func clients() async throws {
        let isWell = TestFlag()
        let good = try await TestReceiver.start()
        // What comes of an answer behind its head changes nothing.
        let torn = try await TestReceiver.start { _ in .half(200) }
        let picky = try await TestReceiver.start { _ in .status(422) }
        var bad: [(name: String, receiver: TestReceiver)] = []
        for (name, answer) in Self.troubles {
            bad.append((name, try await TestReceiver.start { _ in isWell.isSet ? .status(200) : answer }))
        }
        // Those that answer have the time that a busy machine takes for it.
        let limited = "threshold: 1000000, backoff: 10ms, maxretries: 2, timeout: 30s"
        let endpoints =
            [
                "{name: good, url: '\(good.address)'}", "{name: torn, url: '\(torn.address)'}",
                "{name: picky, url: '\(picky.address)', \(limited)}",
                "{name: nowhere, url: 'http://127.0.0.1:1/', \(limited)}",
            ] + bad.map { "{name: \($0.name), url: '\($0.receiver.address)', backoff: 100ms}" }
        try await HookedServer.with("{endpoints: [\(endpoints.joined(separator: ","))]}") { hooked in
            let made = try await Self.work(hooked.server)
            let expected = try await Self.settled(hooked, good)
            // All of that while the others took nothing.
            for (name, receiver) in bad {
                #expect(!receiver.requests.isEmpty, "\(name) was not asked")
                #expect(name == "slow" || receiver.taken.isEmpty, "\(name)")
                #expect(
                    try await hooked.metric("pending_total", ["endpoint": name]) == Double(expected.count),
                    "\(name)"
                )
            }
            Self.expect(expected, tellOf: made)
            isWell.set()
            try await eventually("all have arrived, or are given up") { try await hooked.metric("pending_total") == 0 }
            for (name, receiver) in bad + [("torn", torn)] {
                #expect(Self.byRepository(Self.events(receiver)) == Self.byRepository(expected), "\(name)")
                let delivered = try await hooked.metric(
                    "delivery_total",
                    ["endpoint": name, "delivery_type": "delivered"]
                )
                #expect(delivered == Double(expected.count), "\(name)")
            }
            for (name, detail) in [("picky", "status 422"), ("nowhere", "refused")] {
                let dead = try await hooked.json("list", "--endpoint", name, "--state", "dead", "--limit", "1000")
                let letters = dead["events"]?.array ?? []
                #expect(Set(letters.compactMap { $0["id"]?.string }) == Set(expected.map(\.id)), "\(name)")
                for letter in letters {
                    #expect(letter["reason"]?.string == "retries" && letter["attempts"]?.int == 3)
                    #expect(letter["detail"]?.string?.lowercased().contains(detail) == true, "\(letter)")
                }
                let dropped = try await hooked.metric("dropped_total", ["endpoint": name, "reason": "retries"])
                #expect(dropped == Double(expected.count))
            }
        }
        for receiver in [good, torn, picky] + bad.map(\.receiver) { try await receiver.stop() }
    }

    // MARK: What clients do

    /// An image under a tag.
    private struct Made: Sendable, Hashable {
        var repository: String
        var tag: String
        var isDeleted = false
    }

    /// Pushes, mounts, pulls and deletes; each of it has to succeed.
    private static func work(_ server: ServerProcess) async throws -> [Made] {
        try await withThrowingTaskGroup(of: [Made].self) { group in
            group.addTask {
                var made: [Made] = []
                for round in 0..<rounds {
                    let image = try await ImageFolder.make(layers: [round, 100], layerBytes: 20_000)
                    let (first, second) = ("clients/a:\(round)", "clients/b:\(round)")
                    try await Skopeo.copy(image.reference, "docker://\(server.address)/\(first)")
                    try await Skopeo.copy("docker://\(server.address)/\(first)", "docker://\(server.address)/\(second)")
                    let target = try TemporaryFolder()
                    try await Skopeo.copy("docker://\(server.address)/\(second)", "dir:\(target.path)/image")
                    try await Skopeo.run("delete", ["docker://\(server.address)/\(first)"])
                    made.append(Made(repository: "clients/a", tag: "\(round)", isDeleted: true))
                    made.append(Made(repository: "clients/b", tag: "\(round)"))
                }
                return made
            }
            group.addTask {
                let podman = try Podman()
                defer { podman.end() }
                for round in 0..<rounds {
                    let name = "\(server.address)/clients/podman:\(round)"
                    let archive = try await podman.archive(PseudorandomBytes.bytes(20_000, seed: 500 + round))
                    for command in [
                        ["import", archive, name], ["push", "--tls-verify=false", name], ["rmi", name],
                        ["pull", "--tls-verify=false", name], ["rmi", name],
                    ] {
                        let result = try await podman.run(command)
                        #expect(result.succeeded, "\(command): \(result)")
                    }
                }
                return (0..<rounds).map { Made(repository: "clients/podman", tag: "\($0)") }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    // MARK: What is told of it

    private struct Event: Equatable {
        var id: String
        var action: String
        var repository: String
        var tag: String?
        var type: String
    }

    /// Each once, in the order in which they came first.
    private static func events(_ receiver: TestReceiver) -> [Event] {
        var known: Set<String> = []
        return receiver.taken.flatMap { (try? JSONValue(text: $0.body)["events"]?.array) ?? [] }.compactMap { event in
            guard let id = event["id"]?.string, known.insert(id).inserted, let target = event["target"] else {
                return nil
            }
            return Event(
                id: id,
                action: event["action"]?.string ?? "",
                repository: target["repository"]?.string ?? "",
                tag: target["tag"]?.string,
                type: target["mediaType"]?.string ?? ""
            )
        }
    }

    private static func byRepository(_ events: [Event]) -> [String: [String]] {
        Dictionary(grouping: events, by: \.repository).mapValues { $0.map(\.id) }
    }

    /// What the good receiver has when nothing more is on its way to it.
    private static func settled(_ hooked: HookedServer, _ good: TestReceiver) async throws -> [Event] {
        let mark = "clients/mark"
        try await hooked.server.client.push([1], to: mark)
        // Pulls come a moment later than what is pushed behind them.
        try await eventually("the good one has all") {
            let told = Self.events(good)
            let all = try await hooked.metric("events_total", ["endpoint": "good", "type": "Events"])
            return told.contains { $0.repository == mark }
                && told.contains { $0.action == "pull" && $0.repository == "clients/b" }
                && Double(told.count) == all
        }
        try await eventually("that is recorded") {
            try await hooked.metric("pending_total", ["endpoint": "good"]) == 0
        }
        let told = Self.events(good)
        try await eventually("the others have them in their queues") {
            try await hooked.metric("pending_total", ["endpoint": "silent"]) == Double(told.count)
        }
        return told
    }

    private static func expect(_ events: [Event], tellOf made: [Made]) {
        for image in made {
            let own = events.filter { $0.repository == image.repository }
            let pushed = own.filter { $0.action == "push" && $0.tag == image.tag }
            #expect(pushed.count == 1, "\(image): \(own)")
        }
        for name in ["clients/b", "clients/podman"] {
            let pulls = events.filter { $0.repository == name && $0.action == "pull" && $0.type.contains("manifest") }
            #expect(pulls.count >= rounds, "\(name)")
        }
        #expect(events.filter { $0.action == "delete" }.count >= rounds)
        #expect(events.contains { $0.action == "mount" && $0.repository == "clients/b" })
    }
}
