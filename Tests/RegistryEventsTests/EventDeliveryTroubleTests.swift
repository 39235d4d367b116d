//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryLedger
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryEvents

@Suite("Delivery of events that is hindered", .timeLimit(.minutes(5)))
struct EventDeliveryTroubleTests {
    @Test(
        "what is refused, broken or not answered is sent again until it is taken",
        arguments: [
            "status 500", "status 429", "status 301", "garbage", "close", "hang", "nowhere",
        ]
    )
    func again(trouble: String) async throws {
        let seen = Mutexed([String: Int]())
        let script: TestReceiver.Script = { request in
            let id = request.headers["webhook-id"] ?? ""
            let count = seen.change { seen in
                seen[id, default: 0] += 1
                return seen[id] ?? 0
            }
            guard count <= 2 else { return .status(200) }
            switch trouble {
            case "status 500": return .status(500, body: "no")
            case "status 429": return .status(429, headers: ["Retry-After": "0"])
            case "status 301": return .status(301, headers: ["Location": "http://127.0.0.1:1/elsewhere"])
            case "garbage": return .garbage
            case "close": return .close
            default: return .hang
            }
        }
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<4, in: ["a", "b"]))
            var settings = DeliveryStage.settings(receiver) { if trouble == "hang" { $0.timeout = .milliseconds(500) } }
            if trouble == "nowhere" { settings.address = "http://127.0.0.1:1/hook" }
            try await stage.with([settings]) { delivery in
                if trouble == "nowhere" {
                    // Nobody listens there; later it is found elsewhere.
                    try await eventually { delivery.statuses.first?.breaker != .closed }
                    delivery.use([EndpointPlan(DeliveryStage.settings(receiver))])
                }
                try await eventually { stage.outbox.ids(.delivered).count == 4 }
            }
            let ids = DeliveryStage.ids(receiver.taken)
            #expect(ids.filter { $0 == "e0" || $0 == "e2" } == ["e0", "e2"])
            #expect(ids.filter { $0 == "e1" || $0 == "e3" } == ["e1", "e3"])
            let measured = stage.instruments.endpoint("hook")
            if trouble.hasPrefix("status") {
                #expect(measured.events[.failures].value == 8)
            } else if trouble != "nowhere" {
                #expect(measured.events[.errors].value >= 8)
            }
        }
    }

    @Test("a status that says yes counts, whatever becomes of the rest of the answer", arguments: ["half", "endless"])
    func halfAnswers(trouble: String) async throws {
        let script: TestReceiver.Script = { _ in trouble == "half" ? .half(200) : .endless(200) }
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<3))
            try await stage.with([DeliveryStage.settings(receiver)]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 3 }
            }
            #expect(DeliveryStage.ids(receiver.requests) == ["e0", "e1", "e2"])
        }
    }

    @Test("Retry-After is waited for")
    func retryAfter() async throws {
        let times = Mutexed([ContinuousClock.Instant]())
        let script: TestReceiver.Script = { _ in
            times.change { times in
                times.append(.now)
                return times.count
            } == 1
                ? .status(503, headers: ["Retry-After": "1"]) : .status(200)
        }
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<2, in: ["a", "b"]))
            let settings = DeliveryStage.settings(receiver) {
                $0.parallel = 1
                $0.retries.maximum = 1
            }
            try await stage.with([settings]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 2 }
            }
            let times = times.value
            #expect(times.count == 3 && times[1] - times[0] >= .milliseconds(990))
        }
    }

    @Test("an endpoint that is stuck is told of once, and holds up no other")
    func isolation() async throws {
        let isWell = TestFlag()
        let script: TestReceiver.Script = { _ in isWell.isSet ? .status(200) : .status(500) }
        try await DeliveryStage.withReceiver(script) { bad, stage in
            let good = try await TestReceiver.start()
            stage.outbox.add((0..<50).map { TestOutbox.entry("e\($0)", in: "r\($0 % 5)", for: ["bad", "good"]) })
            try await stage.with([DeliveryStage.settings(bad, "bad"), DeliveryStage.settings(good, "good")]) {
                delivery in
                try await eventually { stage.outbox.ids(.delivered, of: "good").count == 50 }
                try await eventually { delivery.statuses.first?.breaker == .open }
                #expect(stage.outbox.ids(.delivered, of: "bad").isEmpty)
                #expect(delivery.statuses.first?.lastFailure?.cause == "status 500")
                isWell.set()
                try await eventually { stage.outbox.ids(.delivered, of: "bad").count == 50 }
                try await eventually { stage.observer.events.contains { $0.name == .endpointRecovered } }
                #expect(delivery.statuses.first?.breaker == .closed)
            }
            #expect(stage.observer.events.filter { $0.name == .endpointStuck }.count == 1)
            try await good.stop()
        }
    }

    @Test("an event that is never taken goes to the dead letters, and those behind it arrive")
    func deadLetters() async throws {
        let script: TestReceiver.Script = { request in
            request.body.contains(#""id":"e1""#) ? .status(422) : .status(200)
        }
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<6))
            let settings = DeliveryStage.settings(receiver) {
                $0.batch = .init(size: 3)
                $0.retries.maximum = 2
                $0.retries.threshold = 100
            }
            try await stage.with([settings]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 5 }
                try await eventually { stage.outbox.ids(.dead) == ["e1"] }
                try await eventually { stage.observer.events.contains { $0.name == .notificationsDropped } }
            }
            let dead = try #require(stage.outbox.rows(.dead).first)
            #expect(dead.reason == "retries" && dead.detail == "status 422" && dead.attempts >= 3)
            #expect(DeliveryStage.ids(receiver.taken) == ["e0", "e2", "e3", "e4", "e5"])
            #expect(stage.instruments.endpoint("hook").dropped[.retries].value == 1)
            #expect(stage.instruments.endpoint("hook").deliveries[.lost].value == 1)
        }
    }

    @Test("one repository whose events are not taken holds up no other")
    func poison() async throws {
        let script: TestReceiver.Script = { request in
            request.body.contains(#""repository":"bad""#) ? .status(400) : .status(200)
        }
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add((0..<400).map { TestOutbox.entry("e\($0)", in: $0 % 2 == 0 ? "bad" : "good") })
            let settings = DeliveryStage.settings(receiver) { $0.retries.threshold = 1000 }
            try await stage.with([settings], limits: .init(count: 32, bytes: 1 << 20, lane: 8)) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 200 }
            }
            #expect(DeliveryStage.ids(receiver.taken) == stride(from: 1, to: 400, by: 2).map { "e\($0)" })
        }
    }

    @Test("the bounds of a queue drop the oldest, with the reason")
    func bounds() async throws {
        try await DeliveryStage.withReceiver({ _ in .status(500) }) { receiver, stage in
            let now = WallTime.now.microseconds
            stage.outbox.add((0..<10).map { TestOutbox.entry("e\($0)", time: now) })
            try await stage.with([DeliveryStage.settings(receiver) { $0.queue.count = 4 }]) { _ in
                try await eventually { stage.outbox.ids(.dead).count >= 6 }
            }
            #expect(stage.outbox.ids(.pending) == ["e6", "e7", "e8", "e9"])
            #expect(stage.instruments.endpoint("hook").dropped[.count].value == 6)
            let old = DeliveryStage()
            old.outbox.add([TestOutbox.entry("e0", time: now - 3_600_000_000), TestOutbox.entry("e1", time: now)])
            try await old.with([DeliveryStage.settings(receiver) { $0.queue.age = .seconds(60) }]) { _ in
                try await eventually { old.outbox.ids(.dead) == ["e0"] }
            }
            #expect(old.instruments.endpoint("hook").dropped[.age].value == 1)
        }
    }

    @Test("the bounds of dead letters take the oldest away, which is counted and told of")
    func deadLetterBounds() async throws {
        try await DeliveryStage.withReceiver({ _ in .status(500) }) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<10))
            let settings = DeliveryStage.settings(receiver) {
                $0.queue.count = 1
                $0.deadLetters.count = 2
            }
            try await stage.with([settings]) { _ in
                try await eventually { stage.observer.events.contains { $0.name == .deadLettersDropped } }
            }
            #expect(stage.outbox.ids(.dead) == ["e7", "e8"] && stage.outbox.ids(.pending) == ["e9"])
            let instruments = stage.instruments.endpoint("hook")
            #expect(instruments.dropped[.count].value == 9 && instruments.droppedDeadLetters[.count].value == 7)
            #expect(instruments.deliveries[.lost].value == 9)
        }
    }

    @Test("an outbox that cannot be read is read later")
    func brokenOutbox() async throws {
        try await DeliveryStage.withReceiver { receiver, stage in
            stage.outbox.setBroken(true)
            stage.outbox.add(DeliveryStage.entries(0..<3))
            try await stage.with([DeliveryStage.settings(receiver)]) { _ in
                try await eventually { stage.outbox.readings > 0 }
                stage.outbox.setBroken(false)
                try await eventually { stage.outbox.ids(.delivered).count == 3 }
            }
        }
    }
}
