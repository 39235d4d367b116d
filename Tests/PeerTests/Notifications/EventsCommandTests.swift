//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("plimsoll events", .timeLimit(.minutes(5)))
struct EventsCommandTests {
    private static func actions(_ requests: [TestReceiver.Request]) throws -> [String] {
        try requests.flatMap { request in
            try JSONValue(text: request.body)["events"]?.array.compactMap { $0["action"]?.string } ?? []
        }
    }

    @Test("What is pushed arrives, and can be listed, shown and sent once more")
    func replay() async throws {
        let receiver = try await TestReceiver.start()
        try await HookedServer.with("{endpoints: [{name: ci, url: '\(receiver.address)', actions: [push]}]}") {
            hooked in
            try await hooked.server.client.pushImage(to: "team/app", reference: "v1", layers: [[1, 2, 3]])
            try await eventually("all arrive") { receiver.taken.count == 3 }
            #expect(try Self.actions(receiver.taken) == ["push", "push", "push"])
            try await eventually("that is recorded") {
                try await hooked.json("list", "--state", "delivered")["events"]?.array.count == 3
            }
            let event = try #require(try await hooked.json("list")["events"]?.array.last)
            let id = try #require(event["id"]?.string)
            #expect(event["repository"]?.string == "team/app" && event["action"]?.string == "push")
            let shown = try await hooked.events("show", id)
            #expect(shown.succeeded && shown.output.contains("\"tag\":\"v1\""), "\(shown)")
            let table = try await hooked.events("list")
            #expect(table.output.contains("delivered") && table.output.contains(id), "\(table)")
            let replayed = try await hooked.json("replay", "ci", "--since", "1h")
            #expect(replayed["events"]?.int == 3)
            try await eventually("all arrive again") { receiver.taken.count == 6 }
            let ids = receiver.taken.map { $0.headers["webhook-id"] ?? "" }
            #expect(Array(ids.prefix(3)) == Array(ids.suffix(3)))
        }
        try await receiver.stop()
    }

    @Test("An endpoint that refuses is seen, tried, and given its dead letters when it is well again")
    func deadLetters() async throws {
        let isWell = TestFlag()
        let receiver = try await TestReceiver.start { _ in isWell.isSet ? .status(200) : .status(500) }
        let endpoint = """
            {name: ci, url: '\(receiver.address)?token=hunter2', headers: {Authorization: [Bearer hunter2]}, \
            secret: hunter2, threshold: 2, backoff: 10ms, maxretries: 2}
            """
        try await HookedServer.with("{endpoints: [\(endpoint)]}") { hooked in
            let failed = try await hooked.events("test", "ci")
            #expect(failed.status == .code(1) && failed.output.contains("status 500"), "\(failed)")
            try await hooked.server.client.push([1, 2, 3], to: "a")
            try await eventually("it is given up") {
                try await hooked.metric("dropped_total", ["reason": "retries"]) == 1
            }
            #expect(try await hooked.server.event("endpoint_stuck")?["endpoint"]?.string == "ci")
            let status = try #require(try await hooked.endpoint())
            #expect(status["last_failure"]?.string == "status 500")
            let dead = try #require(
                try await hooked.json("list", "--endpoint", "ci", "--state", "dead")["events"]?.array.first
            )
            #expect(dead["reason"]?.string == "retries" && dead["attempts"]?.int == 3)
            isWell.set()
            let taken = try await hooked.events("test", "ci")
            #expect(taken.succeeded && taken.output.contains("status 200"), "\(taken)")
            let id = try #require(dead["id"]?.string)
            #expect(try await hooked.json("retry", "ci", id)["events"]?.int == 1)
            try await eventually("it arrives") { receiver.taken.contains { $0.headers["webhook-id"] == id } }
            #expect(try await hooked.server.event("endpoint_recovered")?["endpoint"]?.string == "ci")
            #expect(try await hooked.json("list", "--state", "dead")["events"]?.array.isEmpty == true)
            // Nothing of all this has told a secret.
            let log = hooked.server.process.output.lines.joined()
            let metrics = try await WireClient(port: hooked.server.sidePort).send("GET", "/metrics").text
            let ctl = try await Tool.output(
                try ProjectFolder.binary(),
                ["ctl", "status", "--json", "--socket", hooked.socket]
            )
            let config = try await Tool.output(
                try ProjectFolder.binary(),
                ["config", "print", hooked.server.configuration]
            )
            for text in [log, metrics, ctl, config, failed.output, failed.errors, taken.output] {
                #expect(!text.contains("hunter2"))
            }
        }
        try await receiver.stop()
    }

    @Test("What an operator drops never arrives, and mistakes are told")
    func drop() async throws {
        let receiver = try await TestReceiver.start { _ in .status(503) }
        try await HookedServer.with("{endpoints: [{name: ci, url: '\(receiver.address)'}]}") { hooked in
            try await hooked.server.client.push([1, 2, 3], to: "a")
            try await eventually("it waits") { try await hooked.metric("pending_total") == 1 }
            let dropped = try await hooked.json("drop", "ci", "--all", "--state", "pending")
            #expect(dropped["events"]?.int == 1)
            try await eventually("none waits") { try await hooked.metric("pending_total") == 0 }
            #expect(try await hooked.metric("dropped_total", ["reason": "dropped"]) == 1)
            let unknown = try await hooked.events("retry", "cd", "--all")
            #expect(unknown.status == .code(1) && unknown.errors.contains("there is ci"), "\(unknown)")
            let both = try await hooked.events("drop", "ci", "x", "--all")
            #expect(!both.succeeded && both.errors.contains("either ids or --all"), "\(both)")
            let time = try await hooked.events("replay", "ci", "--since", "soon")
            #expect(time.status == .code(1) && time.errors.contains("since must be"), "\(time)")
        }
        try await receiver.stop()
    }

    @Test("Events are printed as they come")
    func tail() async throws {
        let receiver = try await TestReceiver.start()
        try await HookedServer.with("{endpoints: [{name: ci, url: '\(receiver.address)'}]}") { hooked in
            try await hooked.server.client.push([1], to: "before")
            try await eventually("it arrives") { receiver.taken.count == 1 }
            let tail = try ChildProcess(
                try ProjectFolder.binary(),
                ["events", "tail", "--socket", hooked.socket]
            )
            // Until it listens, nobody knows when it began.
            try await eventually("it is printed") {
                try await hooked.server.client.push([2], to: "after")
                return tail.output.lines.contains { $0.contains("push  after") }
            }
            tail.send(SIGKILL)
            _ = await tail.exit()
            #expect(!tail.output.lines.contains { $0.contains("before") })
        }
        try await receiver.stop()
    }

    @Test("A reload sends further events elsewhere, and what waits too")
    func reload() async throws {
        let first = try await TestReceiver.start { _ in .status(500) }
        let second = try await TestReceiver.start()
        try await HookedServer.with("{endpoints: [{name: ci, url: '\(first.address)'}]}") { hooked in
            try await hooked.server.client.push([1], to: "a")
            try await eventually("it is tried") { !first.requests.isEmpty }
            let path = hooked.server.configuration
            let text = try String(contentsOfFile: path, encoding: .utf8)
            try text.replacing(first.address, with: second.address).write(
                toFile: path,
                atomically: true,
                encoding: .utf8
            )
            try await Tool.output(try ProjectFolder.binary(), ["ctl", "reload", "--socket", hooked.socket])
            try await eventually("it arrives") { second.taken.count == 1 }
            try await hooked.server.client.push([2], to: "a")
            try await eventually("the next does") { second.taken.count == 2 }
        }
        try await first.stop()
        try await second.stop()
    }

    @Test("A delivery is in the trace of the push that caused it")
    func trace() async throws {
        let receiver = try await TestReceiver.start()
        let folder = try TemporaryFolder()
        let tracing = "tracing: {enabled: true, sampleratio: 1, file: \"\(folder.path)/traces.jsonl\"}"
        try await HookedServer.with("{endpoints: [{name: ci, url: '\(receiver.address)'}]}", tracing: tracing) {
            hooked in
            try await hooked.server.client.push([1], to: "a")
            try await eventually("it arrives") { receiver.taken.count == 1 }
            let trace = try #require(receiver.taken[0].headers["traceparent"]?.split(separator: "-")[1])
            try await eventually("both spans are written", limit: .seconds(60)) {
                let text = (try? String(contentsOfFile: folder.path + "/traces.jsonl", encoding: .utf8)) ?? ""
                let lines = text.split(separator: "\n").filter { $0.contains(trace) }
                return lines.contains { $0.contains("POST notification") } && lines.contains { $0.contains("PUT /v2/") }
            }
        }
        try await receiver.stop()
    }
}
