//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryEvents

@Suite("What one request says")
struct EventMessageTests {
    private let entry = TestOutbox.entry(
        "one",
        in: "team/app",
        time: 1_795_906_490_913_600,
        trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    )

    private func text(_ message: EventMessage) -> String { String(decoding: message.body, as: UTF8.self) }

    private func value(_ name: String, _ message: EventMessage) -> String? {
        message.headers.first { $0.name == name }?.value
    }

    @Test("distribution's envelope")
    func distribution() {
        let one = EventMessage([entry], .distribution, from: "//vm")
        #expect(text(one) == #"{"events":[\#(entry.body)]}"#)
        #expect(value("Content-Type", one) == "application/vnd.docker.distribution.events.v2+json")
        let two = EventMessage([entry, entry], .distribution, from: "//vm")
        #expect(text(two) == #"{"events":[\#(entry.body),\#(entry.body)]}"#)
    }

    @Test("CloudEvents in one object, and several in a list")
    func structured() throws {
        let message = EventMessage([entry], .cloudEvents, from: "//vm:5000")
        #expect(value("Content-Type", message) == "application/cloudevents+json; charset=UTF-8")
        let json = try StrictJSON(message.body)
        #expect(json["specversion"]?.string == "1.0")
        #expect(json["id"]?.string == "one")
        #expect(json["source"]?.string == "//vm:5000")
        #expect(json["type"]?.string == "plimsoll.registry.push")
        #expect(json["subject"]?.string == "team/app")
        #expect(json["time"]?.string == "2026-11-28T22:54:50.9136Z")
        #expect(json["traceparent"]?.string == entry.trace)
        #expect(json["datacontenttype"]?.string == "application/json")
        #expect(json["data"]?["id"]?.string == "one")
        let batch = EventMessage([entry, entry], .cloudEvents, from: "//vm")
        #expect(value("Content-Type", batch) == "application/cloudevents-batch+json; charset=UTF-8")
        #expect(try StrictJSON(batch.body).array?.count == 2)
    }

    @Test("CloudEvents in headers")
    func binary() {
        let message = EventMessage([entry], .cloudEventsBinary, from: "//vm")
        #expect(text(message) == entry.body)
        #expect(value("Content-Type", message) == "application/json")
        #expect(value("ce-specversion", message) == "1.0")
        #expect(value("ce-id", message) == "one")
        #expect(value("ce-traceparent", message) == entry.trace)
        #expect(value("ce-subject", message) == "team/app")
        var bare = entry
        bare.trace = ""
        #expect(value("ce-traceparent", EventMessage([bare], .cloudEventsBinary, from: "//vm")) == nil)
    }

    @Test("CloudEvents have the state of a trace, in headers without what these must not have")
    func traceState() throws {
        var traced = entry
        traced.trace += " vendor=a b,other=50%"
        let object = try StrictJSON(EventMessage([traced], .cloudEvents, from: "//vm").body)
        #expect(object["traceparent"]?.string == entry.trace)
        #expect(object["tracestate"]?.string == "vendor=a b,other=50%")
        let binary = EventMessage([traced], .cloudEventsBinary, from: "//vm")
        #expect(value("ce-traceparent", binary) == entry.trace)
        #expect(value("ce-tracestate", binary) == "vendor=a%20b,other=50%25")
        #expect(value("ce-tracestate", EventMessage([entry], .cloudEventsBinary, from: "//vm")) == nil)
    }

    @Test("a signature is as Standard Webhooks has it")
    func signature() {
        // The example of the specification's reference implementations.
        let key = WebhookSignature.key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
        let headers = WebhookSignature(keys: [key]).headers(
            for: Array(#"{"test": 2432232314}"#.utf8),
            ids: ["msg_p5jXN8AQM9LWM0D4loKWxJek"],
            time: 1_614_265_330
        )
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(
            headers.map(\.value) == [
                "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ]
        )
    }

    @Test("each key signs, and without one nothing is signed")
    func keys() {
        let two = WebhookSignature(keys: [[1], [2]]).headers(for: [], ids: ["a"], time: 1)
        #expect(two.last?.value.split(separator: " ").count == 2)
        let none = WebhookSignature(keys: []).headers(for: [], ids: ["a"], time: 1)
        #expect(none.map(\.name) == ["webhook-id", "webhook-timestamp"])
        #expect(WebhookSignature.key("plain words") == Array("plain words".utf8))
    }

    @Test("a batch is called the same for the same events")
    func batches() {
        let signature = WebhookSignature(keys: [])
        func id(_ ids: [String]) -> String? { signature.headers(for: [], ids: ids, time: 1).first?.value }
        #expect(id(["a", "b"]) == id(["a", "b"]))
        #expect(id(["a", "b"]) != id(["b", "a"]))
        #expect(id(["a"]) == "a")
    }

    @Test("answers mean what they mean to distribution, but for redirects that ask for the same again")
    func answers() {
        func answer(_ status: Int, _ retryAfter: String? = nil, _ location: String? = nil) -> EndpointAnswer {
            EndpointAnswer(status: status, retryAfter: retryAfter, location: location, now: WallTime(microseconds: 0))
        }
        for status in [200, 201, 202, 204, 299, 300, 302, 303, 304] { #expect(answer(status).failure == nil) }
        for status in [100, 301, 307, 308, 400, 401, 404, 410, 429, 500, 503, 599] {
            #expect(answer(status).failure != nil, "\(status)")
        }
        #expect(answer(429, "7").retryAfter == .seconds(7))
        #expect(answer(503, "Thu, 01 Jan 1970 00:01:00 GMT").retryAfter == .seconds(60))
        #expect(answer(503, "soon").retryAfter == nil)
        #expect(answer(500, "7").retryAfter == nil)
        let redirect = answer(308, nil, "https://elsewhere/hook?token=secret\u{1b}").failure ?? ""
        #expect(redirect.contains("https://elsewhere/hook,") && !redirect.contains("secret"))
    }
}
