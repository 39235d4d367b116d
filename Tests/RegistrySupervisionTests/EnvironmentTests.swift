//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistrySupervision
import RegistryTestKit
import Testing

@Suite("What the service manager puts into the environment", .timeLimit(.minutes(5)))
struct EnvironmentTests {
    private func watchdog(_ environment: [String: String]) -> Duration? {
        ServiceManager(environment: environment, process: 42).watchdogTimeout
    }

    @Test("A watchdog is ours if it is meant for this process, or for nobody in particular")
    func watchdog() {
        #expect(watchdog([:]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "1500000"]) == .milliseconds(1500))
        #expect(watchdog(["WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "42"]) == .milliseconds(1500))
        #expect(watchdog(["WATCHDOG_USEC": "1500000", "WATCHDOG_PID": "43"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "0"]) == nil)
        #expect(watchdog(["WATCHDOG_USEC": "soon"]) == nil)
    }

    @Test("A socket is a path or an abstract name", arguments: ["", "@", "/", "relative/path", "vsock:2:1234"])
    func noSocket(name: String) {
        #expect(!ServiceManager(environment: ["NOTIFY_SOCKET": name], process: 42).isPresent)
    }

    @Test("A name too long for a socket is none")
    func longName() {
        #expect(NotifySocket("/" + String(repeating: "a", count: 106)) != nil)
        #expect(NotifySocket("/" + String(repeating: "a", count: 107)) == nil)
    }

    @Test("Sockets for another process are not ours")
    func othersSockets() throws {
        let variables = ["LISTEN_FDS": "1", "LISTEN_PID": "43"]
        let sockets = try InheritedSockets(environment: variables, process: 42)
        #expect(sockets.registry.isEmpty && sockets.metrics.isEmpty)
        #expect(try InheritedSockets(environment: [:], process: 42) == sockets)
    }

    @Test(
        "Variables that make no sense are refused",
        arguments: [
            ["LISTEN_FDS": "many"], ["LISTEN_FDS": "-1"], ["LISTEN_FDS": "65"],
            ["LISTEN_FDS": "3"], ["LISTEN_FDS": "2", "LISTEN_FDNAMES": "registry"],
        ]
    )
    func refusal(variables: [String: String]) {
        #expect(throws: InheritedSocketsFailure.self) {
            try InheritedSockets(environment: variables.merging(["LISTEN_PID": "42"]) { $1 }, process: 42)
        }
    }
}

@Suite("Datagrams to the service manager", .timeLimit(.minutes(5)))
struct NotifySocketTests {
    @Test("Assignments arrive as one datagram, a line each", arguments: [false, true])
    func datagram(isAbstract: Bool) async throws {
        let receiver = try NotifyReceiver(isAbstract: isAbstract)
        let socket = try #require(NotifySocket(receiver.name))
        #expect(await socket.send([.ready, .status("two\nlines"), .extendTimeout(.milliseconds(1500))]))
        try await eventually { receiver.datagrams.count == 1 }
        #expect(receiver.datagrams == ["READY=1\nSTATUS=two lines\nEXTEND_TIMEOUT_USEC=1500000"])
    }

    @Test("A manager that is gone does no harm")
    func gone() async throws {
        let socket = try #require(NotifySocket("@plimsoll-test-nobody"))
        #expect(await socket.send([.watchdog]) == false)
    }
}
