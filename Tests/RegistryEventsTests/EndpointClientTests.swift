//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryTestKit
import Testing

@testable import RegistryEvents

@Suite("Requests to endpoints", .timeLimit(.minutes(5)))
struct EndpointClientTests {
    private func client(_ address: String, _ change: (inout EndpointSettings) -> Void = { _ in }) -> EndpointClient {
        var settings = EndpointSettings(name: "hook", address: address, timeout: .seconds(60))
        change(&settings)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        return EndpointClient(EndpointPlan(settings), userAgent: "plimsoll/test", on: loop)
    }

    private func post(_ client: EndpointClient, _ id: String = "e") async -> EndpointAnswer {
        await client.post(EventMessage([TestOutbox.entry(id)], .distribution, from: "//test"), [])
    }

    @Test("follow each other on one connection, unless the endpoint ends it")
    func reuse() async throws {
        let receiver = try await TestReceiver.start()
        let client = client(receiver.address)
        for _ in 0..<3 { #expect(await post(client) == EndpointAnswer(status: 200)) }
        #expect(receiver.requests.map(\.connection) == [1, 1, 1])
        receiver.follow { _ in .status(200, headers: ["Connection": "close"]) }
        for _ in 0..<3 { #expect(await post(client) == EndpointAnswer(status: 200)) }
        #expect(receiver.requests.map(\.connection) == [1, 1, 1, 1, 2, 3])
        await client.shutDown()
        try await receiver.stop()
    }

    @Test("have a connection each where they are made at the same time")
    func parallel() async throws {
        let receiver = try await TestReceiver.start { _ in .delayed(.milliseconds(200), .status(200)) }
        let client = client(receiver.address)
        await withTaskGroup { group in
            for number in 0..<4 {
                group.addTask { #expect(await post(client, "e\(number)") == EndpointAnswer(status: 200)) }
            }
        }
        #expect(Set(receiver.requests.map(\.connection)).count == 4)
        await client.shutDown()
        try await receiver.stop()
    }

    @Test("say what the body is, whatever headers the endpoint has")
    func headers() async throws {
        let receiver = try await TestReceiver.start()
        let client = client(receiver.address + "?key=1") { settings in
            settings.headers = [
                .init(name: "Content-Length", value: "1"), .init(name: "transfer-encoding", value: "chunked"),
                .init(name: "host", value: "hooks.example.com"), .init(name: "User-Agent", value: "mine"),
                .init(name: "content-type", value: "text/plain"),
            ]
        }
        #expect(await post(client) == EndpointAnswer(status: 200))
        let request = try #require(receiver.requests.first)
        #expect(request.target == "/hook?key=1")
        #expect(request.headers["content-length"] == "\(request.body.utf8.count)")
        #expect(request.headers["transfer-encoding"] == nil)
        #expect(request.headers["host"] == "hooks.example.com" && request.headers["user-agent"] == "mine")
        #expect(request.headers["content-type"] == EventMessage.distributionType)
        await client.shutDown()
        try await receiver.stop()
    }

    @Test("that come to nothing say why")
    func failures() async throws {
        let receiver = try await TestReceiver.start { _ in .hang }
        let slow = client(receiver.address) { $0.timeout = .seconds(2) }
        #expect(await post(slow).failure == "no answer in time")
        receiver.follow { _ in .close }
        #expect(await post(client(receiver.address)).failure == "the endpoint has closed the connection")
        receiver.follow { _ in .garbage }
        #expect(await post(client(receiver.address)).failure?.hasPrefix("the answer is not HTTP") == true)
        try await receiver.stop()
        #expect(await post(client(receiver.address)).failure == "Connection refused")
        #expect(await post(client("ftp://127.0.0.1/")).failure == "url is no address of http or https")
    }

    @Test("end at once with the task, and with the client")
    func end() async throws {
        let receiver = try await TestReceiver.start { _ in .hang }
        let client = client(receiver.address)
        let task = Task { await post(client) }
        try await eventually("it is there") { receiver.requests.count == 1 }
        task.cancel()
        #expect(await task.value.failure == "the server is ending")
        let other = Task { await post(client) }
        try await eventually("the next one is there") { receiver.requests.count == 2 }
        await client.shutDown()
        #expect(await other.value.failure == "the server is ending")
        #expect(await post(client).failure == "the server is ending")
        try await receiver.stop()
    }
}
