//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryLedger
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryEvents

@Suite("Delivery of events", .timeLimit(.minutes(5)))
struct EventDeliveryTests {
    /// Posts to receivers while a test runs.
    struct Stage: Sendable {
        let outbox = TestOutbox()
        let instruments = NotificationInstruments()
        let observer = RecordingObserver()
        let spans = Mutexed<[DeliverySpan]>([])

        func with(
            _ endpoints: [EndpointSettings],
            secrets: [String] = [],
            limits: DeliveryWindow.Limits = .init(),
            _ body: (EventDelivery) async throws -> Void
        ) async throws {
            var context = DeliveryContext(
                outbox: outbox,
                instruments: instruments,
                observer: observer,
                source: "//test",
                userAgent: "plimsoll/test",
                loops: { MultiThreadedEventLoopGroup.singleton }
            ) { [spans] span in spans.change { $0.append(span) } }
            context.limits = limits
            let delivery = EventDelivery(context, deadline: .milliseconds(200))
            try await withThrowingTaskGroup { group in
                group.addTask { await delivery.run() }
                delivery.use(endpoints.map { EndpointPlan($0, secrets: secrets) })
                do {
                    try await body(delivery)
                } catch {
                    group.cancelAll()
                    throw error
                }
                group.cancelAll()
            }
        }
    }

    private static func settings(
        _ receiver: TestReceiver,
        _ name: String = "hook",
        _ change: (inout EndpointSettings) -> Void = { _ in }
    ) -> EndpointSettings {
        var settings = EndpointSettings(name: name, address: receiver.address, timeout: .seconds(5))
        settings.retries = .init(threshold: 3, backoff: .milliseconds(20))
        change(&settings)
        return settings
    }

    /// Has a receiver, and ends it.
    private func withReceiver(
        _ script: @escaping TestReceiver.Script = { _ in .status(200) },
        _ body: (TestReceiver, Stage) async throws -> Void
    ) async throws {
        let receiver = try await TestReceiver.start(script)
        do {
            try await body(receiver, Stage())
        } catch {
            try await receiver.stop()
            throw error
        }
        try await receiver.stop()
    }

    private func entries(_ range: Range<Int>, in repositories: [String] = ["a"]) -> [OutboxEntry] {
        range.map { TestOutbox.entry("e\($0)", in: repositories[$0 % repositories.count]) }
    }

    /// Ids of events in what was received, in order.
    private static func ids(_ requests: [TestReceiver.Request]) -> [String] {
        requests.flatMap { request in
            request.body.matches(of: #/"id":"(e[0-9]+)"/#).map { String($0.1) }
        }
    }

    @Test("what is there arrives, once and in order, with the headers of the endpoint")
    func arrives() async throws {
        try await withReceiver { receiver, stage in
            stage.outbox.add(entries(0..<5))
            let settings = Self.settings(receiver) {
                $0.headers = [
                    .init(name: "Authorization", value: "Bearer t"), .init(name: "X-One", value: "1"),
                    .init(name: "x-one", value: "2"),
                ]
            }
            try await stage.with([settings], secrets: ["key"]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 5 }
                stage.outbox.add(entries(5..<10))
                try await eventually { stage.outbox.ids(.delivered).count == 10 }
            }
            #expect(Self.ids(receiver.taken) == (0..<10).map { "e\($0)" })
            let first = try #require(receiver.requests.first)
            #expect(first.target == "/hook")
            #expect(first.headers["content-type"] == EventMessage.distributionType)
            #expect(first.headers["authorization"] == "Bearer t")
            #expect(first.headers["x-one"] == "1, 2")
            #expect(first.headers["user-agent"] == "plimsoll/test")
            #expect(first.headers["webhook-id"] == "e0")
            #expect(first.headers["webhook-signature"]?.hasPrefix("v1,") == true)
            // One lane, so that one connection is enough for all.
            #expect(Set(receiver.requests.map(\.connection)).count == 1)
            let measured = stage.instruments.endpoint("hook")
            #expect(measured.events[.successes].value == 10)
            #expect(measured.deliveries[.delivered].value == 10)
            #expect(measured.answers.map(\.status) == [200])
        }
    }

    @Test("several repositories go at once, each in order, at most as many as allowed")
    func parallel() async throws {
        let script: TestReceiver.Script = { _ in .delayed(.milliseconds(2), .status(204)) }
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add(entries(0..<90, in: ["a", "b", "c"]))
            try await stage.with([Self.settings(receiver) { $0.parallel = 2 }]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 90 }
            }
            for lane in 0..<3 {
                let ids = Self.ids(receiver.taken).filter { Int($0.dropFirst()).map { $0 % 3 } == lane }
                #expect(ids == stride(from: lane, to: 90, by: 3).map { "e\($0)" })
            }
            #expect(receiver.mostAtOnce == 2)
        }
    }

    @Test("batches hold as many as they may, in each form", arguments: EventForm.allCases)
    func batches(form: EventForm) async throws {
        try await withReceiver { receiver, stage in
            stage.outbox.add(entries(0..<10))
            let size = form == .cloudEventsBinary ? 1 : 4
            let settings = Self.settings(receiver) {
                $0.form = form
                $0.batch = .init(size: size, wait: .milliseconds(10))
            }
            try await stage.with([settings]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 10 }
            }
            #expect(receiver.requests.count == (size == 1 ? 10 : 3))
            #expect(Self.ids(receiver.taken).filter { $0 == "e7" }.count == (form == .cloudEvents ? 2 : 1))
        }
    }

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
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add(entries(0..<4, in: ["a", "b"]))
            var settings = Self.settings(receiver) { if trouble == "hang" { $0.timeout = .milliseconds(100) } }
            if trouble == "nowhere" { settings.address = "http://127.0.0.1:1/hook" }
            try await stage.with([settings]) { delivery in
                if trouble == "nowhere" {
                    // Nobody listens there; later it is found elsewhere.
                    try await eventually { delivery.statuses.first?.breaker != .closed }
                    delivery.use([EndpointPlan(Self.settings(receiver))])
                }
                try await eventually { stage.outbox.ids(.delivered).count == 4 }
            }
            let ids = Self.ids(receiver.taken)
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
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add(entries(0..<3))
            try await stage.with([Self.settings(receiver)]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 3 }
            }
            #expect(Self.ids(receiver.requests) == ["e0", "e1", "e2"])
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
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add(entries(0..<2, in: ["a", "b"]))
            let settings = Self.settings(receiver) {
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
        try await withReceiver(script) { bad, stage in
            let good = try await TestReceiver.start()
            stage.outbox.add((0..<50).map { TestOutbox.entry("e\($0)", in: "r\($0 % 5)", for: ["bad", "good"]) })
            try await stage.with([Self.settings(bad, "bad"), Self.settings(good, "good")]) { delivery in
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
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add(entries(0..<6))
            let settings = Self.settings(receiver) {
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
            #expect(Self.ids(receiver.taken) == ["e0", "e2", "e3", "e4", "e5"])
            #expect(stage.instruments.endpoint("hook").dropped[.retries].value == 1)
            #expect(stage.instruments.endpoint("hook").deliveries[.lost].value == 1)
        }
    }

    @Test("one repository whose events are not taken holds up no other")
    func poison() async throws {
        let script: TestReceiver.Script = { request in
            request.body.contains(#""repository":"bad""#) ? .status(400) : .status(200)
        }
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add((0..<400).map { TestOutbox.entry("e\($0)", in: $0 % 2 == 0 ? "bad" : "good") })
            let settings = Self.settings(receiver) { $0.retries.threshold = 1000 }
            try await stage.with([settings], limits: .init(count: 32, bytes: 1 << 20, lane: 8)) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 200 }
            }
            #expect(Self.ids(receiver.taken) == stride(from: 1, to: 400, by: 2).map { "e\($0)" })
        }
    }

    @Test("the bounds of a queue drop the oldest, with the reason")
    func bounds() async throws {
        try await withReceiver({ _ in .status(500) }) { receiver, stage in
            let now = WallTime.now.microseconds
            stage.outbox.add((0..<10).map { TestOutbox.entry("e\($0)", time: now) })
            try await stage.with([Self.settings(receiver) { $0.queue.count = 4 }]) { _ in
                try await eventually { stage.outbox.ids(.dead).count >= 6 }
            }
            #expect(stage.outbox.ids(.pending) == ["e6", "e7", "e8", "e9"])
            #expect(stage.instruments.endpoint("hook").dropped[.count].value == 6)
            let old = Stage()
            old.outbox.add([TestOutbox.entry("e0", time: now - 3_600_000_000), TestOutbox.entry("e1", time: now)])
            try await old.with([Self.settings(receiver) { $0.queue.age = .seconds(60) }]) { _ in
                try await eventually { old.outbox.ids(.dead) == ["e0"] }
            }
            #expect(old.instruments.endpoint("hook").dropped[.age].value == 1)
        }
    }

    @Test("the bounds of dead letters take the oldest away, which is counted and told of")
    func deadLetterBounds() async throws {
        try await withReceiver({ _ in .status(500) }) { receiver, stage in
            stage.outbox.add(entries(0..<10))
            let settings = Self.settings(receiver) {
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
        try await withReceiver { receiver, stage in
            stage.outbox.setBroken(true)
            stage.outbox.add(entries(0..<3))
            try await stage.with([Self.settings(receiver)]) { _ in
                try await eventually { stage.outbox.readings > 0 }
                stage.outbox.setBroken(false)
                try await eventually { stage.outbox.ids(.delivered).count == 3 }
            }
        }
    }

    @Test("other settings take over in order, and those that stay go on undisturbed")
    func reload() async throws {
        try await withReceiver { receiver, stage in
            let other = try await TestReceiver.start()
            stage.outbox.add((0..<100).map { TestOutbox.entry("e\($0)", for: ["hook", "stays"]) })
            try await stage.with([Self.settings(receiver), Self.settings(receiver, "stays")]) { delivery in
                try await eventually { receiver.taken.count > 5 }
                delivery.use([
                    EndpointPlan(Self.settings(other)), EndpointPlan(Self.settings(receiver, "stays")),
                ])
                try await eventually { stage.outbox.ids(.delivered).count == 100 }
                try await eventually { stage.outbox.ids(.delivered, of: "stays").count == 100 }
                delivery.use([])
                #expect(delivery.statuses.isEmpty)
            }
            let moved = Self.ids(other.taken)
            #expect(moved == (100 - moved.count..<100).map { "e\($0)" })
            try await other.stop()
        }
    }

    @Test("an end does not break off what is on its way")
    func end() async throws {
        let began = TestFlag()
        let script: TestReceiver.Script = { _ in
            began.set()
            return .delayed(.milliseconds(50), .status(200))
        }
        try await withReceiver(script) { receiver, stage in
            stage.outbox.add(entries(0..<5))
            try await stage.with([Self.settings(receiver)]) { delivery in
                try await eventually { began.isSet }
                delivery.use([])
                try await eventually { stage.outbox.ids(.delivered).count == 1 }
            }
            #expect(receiver.requests.count == 1)
        }
    }

    @Test("a delivery is a span in the trace of the request that caused it")
    func spans() async throws {
        try await withReceiver { receiver, stage in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
            stage.outbox.add([
                TestOutbox.entry("e0", trace: trace + "-01"), TestOutbox.entry("e1", trace: trace + "-00"),
                TestOutbox.entry("e2"),
            ])
            try await stage.with([Self.settings(receiver) { $0.address += "?token=secret" }]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 3 }
            }
            let spans = stage.spans.value
            #expect(spans.map(\.event) == ["e0"])
            let span = try #require(spans.first)
            #expect(span.status == 200 && span.failure == nil && span.attempt == 1)
            #expect(!span.address.contains("secret"))
            #expect(span.cause.spanID == 0xb7ad_6b71_6920_3331)
            let header = try #require(receiver.requests.first?.headers["traceparent"])
            #expect(header.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") && header.hasSuffix("-01"))
            #expect(header != trace + "-01")
            #expect(receiver.requests.map { $0.headers["traceparent"] != nil } == [true, true, false])
        }
    }

    @Test("a test message goes past the queue, and says what came of it")
    func test() async throws {
        try await withReceiver({ _ in .status(403) }) { receiver, stage in
            try await stage.with([Self.settings(receiver)]) { delivery in
                let result = await delivery.test("hook", with: TestOutbox.entry("sample"))
                #expect(result?.status == 403 && result?.failure == "status 403")
                #expect(await delivery.test("other", with: TestOutbox.entry("sample")) == nil)
            }
            #expect(receiver.requests.count == 1)
        }
    }

    @Test("what an operator drops is not sent")
    func forget() async throws {
        let isWell = TestFlag()
        try await withReceiver({ _ in isWell.isSet ? .status(200) : .status(500) }) { receiver, stage in
            stage.outbox.add(entries(0..<4))
            try await stage.with([Self.settings(receiver)]) { delivery in
                try await eventually { receiver.requests.count > 3 }
                let count = try await stage.outbox.drop(["e1", "e2"], .pending, of: "hook")
                delivery.forget(["e1", "e2"], of: "hook", count: count)
                isWell.set()
                try await eventually { stage.outbox.ids(.pending).isEmpty }
            }
            #expect(Self.ids(receiver.taken) == ["e0", "e3"])
            #expect(stage.instruments.endpoint("hook").dropped[.dropped].value == 2)
        }
    }
}

/// A value behind a lock.
final class Mutexed<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>

    init(_ value: Value) { mutex = Mutex(value) }

    var value: Value { mutex.withLock(\.self) }

    @discardableResult
    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        mutex.withLock { value in
            var copy = value
            defer { value = copy }
            return body(&copy)
        }
    }
}
