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

@Suite("Delivery of events", .timeLimit(.minutes(5)))
struct EventDeliveryTests {
    @Test("what is there arrives, once and in order, with the headers of the endpoint")
    func arrives() async throws {
        try await DeliveryStage.withReceiver { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<5))
            let settings = DeliveryStage.settings(receiver) {
                $0.headers = [
                    .init(name: "Authorization", value: "Bearer t"), .init(name: "X-One", value: "1"),
                    .init(name: "x-one", value: "2"),
                ]
            }
            try await stage.with([settings], secrets: ["key"]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 5 }
                stage.outbox.add(DeliveryStage.entries(5..<10))
                try await eventually { stage.outbox.ids(.delivered).count == 10 }
            }
            #expect(DeliveryStage.ids(receiver.taken) == (0..<10).map { "e\($0)" })
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
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<90, in: ["a", "b", "c"]))
            try await stage.with([DeliveryStage.settings(receiver) { $0.parallel = 2 }]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 90 }
            }
            for lane in 0..<3 {
                let ids = DeliveryStage.ids(receiver.taken).filter { Int($0.dropFirst()).map { $0 % 3 } == lane }
                #expect(ids == stride(from: lane, to: 90, by: 3).map { "e\($0)" })
            }
            #expect(receiver.mostAtOnce == 2)
        }
    }

    @Test("batches hold as many as they may, in each form", arguments: EventForm.allCases)
    func batches(form: EventForm) async throws {
        try await DeliveryStage.withReceiver { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<10))
            let size = form == .cloudEventsBinary ? 1 : 4
            let settings = DeliveryStage.settings(receiver) {
                $0.form = form
                $0.batch = .init(size: size, wait: .milliseconds(10))
            }
            try await stage.with([settings]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 10 }
            }
            #expect(receiver.requests.count == (size == 1 ? 10 : 3))
            #expect(DeliveryStage.ids(receiver.taken).filter { $0 == "e7" }.count == (form == .cloudEvents ? 2 : 1))
        }
    }

    @Test("other settings take over in order, and those that stay go on undisturbed")
    func reload() async throws {
        try await DeliveryStage.withReceiver { receiver, stage in
            let other = try await TestReceiver.start()
            stage.outbox.add((0..<100).map { TestOutbox.entry("e\($0)", for: ["hook", "stays"]) })
            try await stage.with([DeliveryStage.settings(receiver), DeliveryStage.settings(receiver, "stays")]) {
                delivery in
                try await eventually { receiver.taken.count > 5 }
                delivery.use([
                    EndpointPlan(DeliveryStage.settings(other)),
                    EndpointPlan(DeliveryStage.settings(receiver, "stays")),
                ])
                try await eventually { stage.outbox.ids(.delivered).count == 100 }
                try await eventually { stage.outbox.ids(.delivered, of: "stays").count == 100 }
                delivery.use([])
                #expect(delivery.statuses.isEmpty)
            }
            let moved = DeliveryStage.ids(other.taken)
            #expect(moved == (100 - moved.count..<100).map { "e\($0)" })
            try await other.stop()
        }
    }

    @Test("an end does not break off what is on its way")
    func end() async throws {
        let began = TestFlag()
        let script: TestReceiver.Script = { _ in
            began.set()
            return .delayed(.seconds(4), .status(200))
        }
        try await DeliveryStage.withReceiver(script) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<5))
            try await stage.with([DeliveryStage.settings(receiver)]) { delivery in
                try await eventually { began.isSet }
                delivery.use([])
                try await eventually { stage.outbox.ids(.delivered).count == 1 }
            }
            #expect(receiver.requests.count == 1)
        }
    }

    @Test("a delivery is a span in the trace of the request that caused it")
    func spans() async throws {
        try await DeliveryStage.withReceiver { receiver, stage in
            let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331"
            stage.outbox.add([
                TestOutbox.entry("e0", trace: trace + "-01"), TestOutbox.entry("e1", trace: trace + "-00"),
                TestOutbox.entry("e2"),
            ])
            try await stage.with([DeliveryStage.settings(receiver) { $0.address += "?token=secret" }]) { _ in
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
            #expect(receiver.requests.allSatisfy { $0.headers["tracestate"] == nil })
        }
    }

    @Test("the state of a trace goes along with it")
    func traceState() async throws {
        try await DeliveryStage.withReceiver { receiver, stage in
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            stage.outbox.add([TestOutbox.entry("e0", trace: parent + " vendor=a b, other=2")])
            try await stage.with([DeliveryStage.settings(receiver)]) { _ in
                try await eventually { stage.outbox.ids(.delivered).count == 1 }
            }
            #expect(receiver.requests.first?.headers["tracestate"] == "vendor=a b, other=2")
            #expect(receiver.requests.first?.headers["traceparent"]?.count == 55)
            #expect(stage.spans.value.map(\.cause.state) == ["vendor=a b, other=2"])
        }
    }

    @Test("a test message goes past the queue, and says what came of it")
    func test() async throws {
        try await DeliveryStage.withReceiver({ _ in .status(403) }) { receiver, stage in
            try await stage.with([DeliveryStage.settings(receiver)]) { delivery in
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
        try await DeliveryStage.withReceiver({ _ in isWell.isSet ? .status(200) : .status(500) }) { receiver, stage in
            stage.outbox.add(DeliveryStage.entries(0..<4))
            try await stage.with([DeliveryStage.settings(receiver)]) { delivery in
                try await eventually { receiver.requests.count > 3 }
                let count = try await stage.outbox.drop(["e1", "e2"], .pending, of: "hook")
                delivery.forget(["e1", "e2"], of: "hook", count: count)
                isWell.set()
                try await eventually { stage.outbox.ids(.pending).isEmpty }
            }
            #expect(DeliveryStage.ids(receiver.taken) == ["e0", "e3"])
            #expect(stage.instruments.endpoint("hook").dropped[.dropped].value == 2)
        }
    }
}
