//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

/// A real server, whose wall clock is set while events wait; its steady clocks go on, as they do on a real machine.
@Suite("A clock that is set by a day", .timeLimit(.minutes(5)))
struct ClockJumpTests {
    @Test("loses no event, stops no endpoint and floods none", arguments: [1, -1])
    func jump(byDays offset: Int) async throws {
        let folder = try TemporaryFolder()
        let clock = try await FakeClock()
        let isWell = TestFlag()
        let good = try await TestReceiver.start()
        let times = Mutex<[ContinuousClock.Instant]>([])
        let away = try await TestReceiver.start { _ in
            guard !isWell.isSet else { return .status(200) }
            times.withLock { $0.append(.now) }
            return .status(500)
        }
        let busy = try await TestReceiver.start { _ in
            isWell.isSet ? .status(200) : .status(429, headers: ["Retry-After": "1"])
        }
        let bounded = try await TestReceiver.start { _ in isWell.isSet ? .status(200) : .status(500) }
        let picky = try await TestReceiver.start { _ in .status(422) }
        let receivers = ["good": good, "away": away, "busy": busy, "bounded": bounded, "picky": picky]
        let further = [
            "bounded": "threshold: 3, queue: {age: 2h}",
            "picky": "threshold: 1000, maxretries: 1, queue: {age: 2h}, deadletters: {age: 2h}",
        ]
        let endpoints = receivers.map { name, receiver in
            let more = further[name] ?? "threshold: 3"
            return "{name: \(name), url: '\(receiver.address)', backoff: 200ms, timeout: 10s, \(more)}"
        }
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.sections = "notifications: {endpoints: [\(endpoints.joined(separator: ","))]}"
                setup.environment = clock.environment
            }
        ) { server in
            let registry = server.client
            for number in UInt8(0)..<3 { try await registry.push([number], to: "jump/before") }
            try await eventually("the one that is well has them") { good.taken.count == 3 }
            try await eventually("others are left alone") { away.requests.count >= 3 && bounded.requests.count >= 3 }
            try await eventually("there are dead letters") { try await Self.metric(server, "dead_letters") == 3 }
            let counts = [away, busy, bounded].map { ($0, $0.requests.count) }
            try clock.set(Int64(offset) * 86_400)
            for number in UInt8(3)..<6 { try await registry.push([number], to: "jump/after") }
            try await eventually("the one that is well has them all") { good.taken.count == 6 }
            // Each is asked on, and its bounds are applied.
            for (receiver, count) in counts {
                try await eventually("it is asked on") { receiver.requests.count > count }
            }
            try await eventually("the later ones are dead, too") { try await Self.metric(server, "dead_letters") == 6 }
            try await eventually("bounds were applied") {
                try await Self.metric(server, "pending_total", ["endpoint": "bounded"]) == 6
            }
            isWell.set()
            try await eventually("all have arrived") { try await Self.metric(server, "pending_total") == 0 }
            #expect(try await Self.metric(server, "dropped_total", ["reason": "age"]) == 0)
            #expect(try await Self.metric(server, "dead_letters_dropped_total") == 0)
        }
        for (name, receiver) in receivers where name != "picky" {
            let events = try Self.events(receiver.taken)
            #expect(events.count == 6 && Set(events.map(\.id)).count == 6, "\(name)")
            for repository in ["jump/before", "jump/after"] {
                let told = events.filter { $0.repository == repository }
                #expect(told.map(\.digest) == Self.digests(repository), "\(name)")
                let day = repository == "jump/before" ? 0 : offset
                #expect(told.allSatisfy { $0.day == day }, "the clock was not set")
            }
        }
        Self.expectNoFlood(times.withLock { $0 })
        for receiver in receivers.values { try await receiver.stop() }
    }

    /// Three failures open the breaker; from then on there is a pause before each request.
    private static func expectNoFlood(_ refusals: [ContinuousClock.Instant]) {
        #expect(refusals.count >= 4)
        for (before, after) in zip(refusals.dropFirst(2), refusals.dropFirst(3)) {
            #expect(after - before >= .milliseconds(190), "\(after - before)")
        }
    }

    private static func digests(_ repository: String) -> [String] {
        let numbers: Range<UInt8> = repository == "jump/before" ? 0..<3 : 3..<6
        return numbers.map { Digest.of([$0]).description }
    }

    private struct Told {
        var id: String
        var repository: String
        var digest: String
        /// From today, by the time that it tells.
        var day: Int
    }

    private static func events(_ requests: [TestReceiver.Request]) throws -> [Told] {
        try requests.flatMap { request in
            try (JSONValue(text: request.body)["events"]?.array ?? []).map { event in
                let time = ISO8601DateFormatter().date(from: (event["timestamp"]?.string ?? "").prefix(19) + "Z")
                return Told(
                    id: event["id"]?.string ?? "",
                    repository: event["target"]?["repository"]?.string ?? "",
                    digest: event["target"]?["digest"]?.string ?? "",
                    day: Int((try #require(time).timeIntervalSinceNow / 86_400).rounded())
                )
            }
        }
    }

    private static func metric(_ server: ServerProcess, _ name: String, _ labels: [String: String] = [:]) async throws
        -> Double
    {
        let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        return try MetricSamples(text: text).sum("registry_notifications_\(name)", labels)
    }
}
