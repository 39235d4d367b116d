//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Talking to the service manager", .timeLimit(.minutes(5)))
struct NotifyTests {
    private func with(
        _ manager: NotifyReceiver,
        _ environment: [String: String] = [:],
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        let root = try TemporaryFolder()
        let variables = environment.merging(["NOTIFY_SOCKET": manager.name]) { $1 }
        try await ServerProcess.with(root: root.path, { $0.environment = variables }, body)
    }

    @Test("The manager is told when it is ready, of a reload, and of the end", arguments: [false, true])
    func states(isAbstract: Bool) async throws {
        let manager = try NotifyReceiver(isAbstract: isAbstract)
        try await with(manager, ["LOG_NAMESPACE": "plimsoll"]) { server in
            try await eventually { manager.count(of: "READY=1") == 1 }
            let status = try #require(manager.status)
            for part in ["serving", server.address, "127.0.0.1:\(server.sidePort)", "--namespace=plimsoll"] {
                #expect(status.contains(part), "\(status)")
            }
            #expect(try await server.client.send("GET", "/v2/").status == 200)

            server.process.send(SIGHUP)
            try await eventually { manager.count(of: "READY=1") == 2 }
            let reload = try #require(manager.datagrams.first { $0.hasPrefix("RELOADING=1\n") })
            #expect(reload.contains(/MONOTONIC_USEC=[1-9][0-9]+/))
            #expect(try await server.client.send("GET", "/v2/").status == 200)

            #expect(await server.terminate() == .code(0))
            let last = try #require(manager.datagrams.first { $0.hasPrefix("STOPPING=1") })
            #expect(last.contains("STATUS="))
            // http.draintimeout is 30 seconds here.
            #expect(last.contains(/EXTEND_TIMEOUT_USEC=4[0-9]000000/))
            #expect(manager.count(of: "WATCHDOG=1") == 0)
        }
    }

    @Test("A server that drains says so, and how many requests it waits for")
    func draining() async throws {
        let manager = try NotifyReceiver()
        try await with(manager) { server in
            let location = try await server.client.beginUpload(in: "a/b")
            try await WireConnection.with(port: server.port) { upload in
                let target = WireClient.path(of: location)
                try await upload.send("PATCH \(target) HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n1")
                try await eventually {
                    let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
                    return try MetricSamples(text: text).sum("registry_http_in_flight_requests") == 1
                }
                server.process.send(SIGTERM)
                try await eventually { manager.status?.contains("requests under way: 1") == true }
                try await upload.send("2")
                #expect(try await upload.response().status == 202)
            }
            #expect(await server.process.exit() == .code(0))
        }
    }

    @Test("A watchdog is fed while the server works, not while its storage hangs, and is told why in its time")
    func watchdog() async throws {
        let manager = try NotifyReceiver()
        let timeout = Duration.seconds(6)
        try await with(manager, ["WATCHDOG_USEC": "6000000"]) { server in
            try await eventually { manager.count(of: "WATCHDOG=1") >= 3 }
            let options = ["-e", "trace=%%stat", "-e", "inject=%%stat:delay_enter=600s"]
            _ = try await Strace.lines(of: server.process.pid, options) {
                try await eventually { manager.status?.contains("the storage has not answered") == true }
                let fed = manager.count(of: "WATCHDOG=1")
                let sign = try #require(manager.lastTime(of: "WATCHDOG=1"))
                let told = try #require(manager.firstTime(of: "the storage has not answered", after: sign))
                // The manager ends the server so long after the last sign of life.
                #expect(told - sign < timeout, "told after \(told - sign)")
                let event = try #require(try await server.event("watchdog_stalled"))
                #expect(event["waiting_for"]?.string == "the storage")
                #expect(event["level"]?.string == "error")
                let waited = Duration.microseconds(try #require(event["waited_us"]?.int))
                #expect(waited >= timeout / 2 && waited < timeout, "\(waited)")
                // The status counts seconds: this is longer than the manager would wait.
                try await eventually {
                    manager.status?.contains(/has not answered for ([7-9]|[1-9][0-9]+) s/) == true
                }
                #expect(manager.count(of: "WATCHDOG=1") == fed)
            }
            let fed = manager.count(of: "WATCHDOG=1")
            try await eventually { manager.count(of: "WATCHDOG=1") > fed }
            try await eventually { manager.status?.hasPrefix("serving") == true }
        }
    }

    @Test("A watchdog that is meant for another process is none")
    func othersWatchdog() async throws {
        let manager = try NotifyReceiver()
        try await with(manager, ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"]) { server in
            try await eventually { manager.count(of: "READY=1") == 1 }
            #expect(await server.terminate() == .code(0))
            #expect(manager.count(of: "WATCHDOG=1") == 0)
        }
    }
}
