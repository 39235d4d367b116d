//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryHTTP

@Suite("The entrance of requests", .timeLimit(.minutes(5)))
struct RequestEntranceTests {
    @Test("A request without a body is answered on its event loop, before the read is over")
    func atOnce() async throws {
        let entrance = try await Entrance { _, path in path }
        let ended = try await entrance.channel.testingEventLoop.executeInContext {
            entrance.channel.pipeline.fireChannelRead(HTTPRequestPart.head(request("/v2/")))
            entrance.channel.pipeline.fireChannelRead(HTTPRequestPart.end(nil))
            return entrance.ended
        }
        #expect(ended == 1)
        #expect(entrance.framework.seen == [])
        #expect(try await entrance.answers(1) == ["/v2/"])
    }

    @Test("What a request does until it waits is done on the event loop, what follows is not")
    func places() async throws {
        let second = Gate()
        let entrance = try await Entrance { number, path in
            if number == 2 { await second.wait() }
            return path
        }
        try await entrance.ask("/1")
        try await entrance.ask("/2")
        second.open()
        #expect(try await entrance.answers(2) == ["/1", "/2"])
        #expect(entrance.places == [true, true, true, false])
        // Its task asks for the next request a moment after the answer.
        try await eventually {
            try await entrance.ask("/next")
            #expect(try await entrance.answers(1) == ["/next"])
            return entrance.places.suffix(2) == [true, true]
        }
    }

    @Test("Answers keep the order of requests, however long each takes, and thousands may wait")
    func order() async throws {
        let first = Gate()
        let entrance = try await Entrance { number, path in
            if number == 1 { await first.wait() }
            return path
        }
        let count = 5000
        for number in 1...count { try await entrance.ask("/\(number)") }
        #expect(entrance.started == 1)
        #expect(try await entrance.channel.readOutbound(as: HTTPResponsePart.self) == nil)
        first.open()
        #expect(try await entrance.answers(count) == (1...count).map { "/\($0)" })
        #expect(entrance.framework.seen == [])
    }

    @Test("While requests wait here, nothing more is read")
    func reads() async throws {
        let first = Gate()
        let entrance = try await Entrance { number, path in
            if number == 1 { await first.wait() }
            return path
        }
        try await entrance.ask("/1")
        try await entrance.read()
        #expect(entrance.reads.count == 1)
        try await entrance.ask("/2")
        try await entrance.read()
        #expect(entrance.reads.count == 1)
        first.open()
        #expect(try await entrance.answers(2) == ["/1", "/2"])
        try await entrance.settle()
        #expect(entrance.reads.count == 2)
    }

    @Test("A request with a body goes to the framework, and what comes behind it until that has answered")
    func bodies() async throws {
        let entrance = try await Entrance { _, path in path }
        var upload = request("/upload")
        upload.headerFields[.contentLength] = "3"
        try await entrance.channel.writeInbound(HTTPRequestPart.head(upload))
        try await entrance.channel.writeInbound(HTTPRequestPart.body(ByteBuffer(bytes: [1, 2, 3])))
        try await entrance.channel.writeInbound(HTTPRequestPart.end(nil))
        try await entrance.ask("/behind")
        #expect(entrance.framework.seen == ["head /upload", "body", "end", "head /behind", "end"])
        #expect(entrance.started == 0)
        for _ in 1...2 {
            try await entrance.channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .created)))
            try await entrance.channel.writeOutbound(HTTPResponsePart.end(nil))
        }
        try await entrance.ask("/after")
        #expect(entrance.started == 1)
        #expect(try await entrance.answers(3) == ["201", "201", "/after"])
    }

    @Test("A body of unknown length is one, and one of no bytes is none")
    func lengths() async throws {
        let entrance = try await Entrance { _, path in path }
        var empty = request("/empty")
        empty.headerFields[.contentLength] = "0"
        try await entrance.channel.writeInbound(HTTPRequestPart.head(empty))
        try await entrance.channel.writeInbound(HTTPRequestPart.end(nil))
        #expect(entrance.started == 1)
        var chunked = request("/chunked")
        chunked.headerFields[.transferEncoding] = "chunked"
        try await entrance.channel.writeInbound(HTTPRequestPart.head(chunked))
        #expect(entrance.framework.seen == ["head /chunked"])
    }

    @Test("The end of the client's half, an order to end, and what is not HTTP wait for the answer")
    func events() async throws {
        let first = Gate()
        let entrance = try await Entrance { _, path in
            await first.wait()
            return path
        }
        try await entrance.ask("/1")
        try await entrance.channel.testingEventLoop.executeInContext {
            entrance.channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
            entrance.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
            entrance.channel.pipeline.fireErrorCaught(SlowBodyError())
        }
        #expect(entrance.framework.seen == [])
        first.open()
        #expect(try await entrance.answers(1) == ["/1"])
        try await entrance.settle()
        #expect(entrance.framework.seen == ["inputClosed", "ChannelShouldQuiesceEvent()", "SlowBodyError()"])
    }

    @Test("A client that takes no answers gets no further ones made")
    func slowReader() async throws {
        let entrance = try await Entrance { _, path in path }
        entrance.channel.isWritable = false
        try await entrance.ask("/1")
        try await entrance.ask("/2")
        #expect(entrance.started == 0)
        entrance.channel.isWritable = true
        try await entrance.channel.testingEventLoop.executeInContext {
            entrance.channel.pipeline.fireChannelWritabilityChanged()
        }
        #expect(try await entrance.answers(2) == ["/1", "/2"])
    }

    @Test("Where the responder fails, the connection ends")
    func failure() async throws {
        let entrance = try await Entrance { _, _ in throw SlowBodyError() }
        try await entrance.ask("/1")
        try await entrance.channel.closeFuture.get()
    }

    @Test("An answer to a connection that has ended fails")
    func ended() async throws {
        let (gate, failed) = (Gate(), Gate())
        let entrance = try await Entrance { _, path in
            await gate.wait()
            return path
        } failed: {
            failed.open()
        }
        try await entrance.ask("/1")
        try await entrance.channel.close()
        gate.open()
        await failed.wait()
    }
}

private func request(_ path: String) -> HTTPRequest {
    HTTPRequest(method: .get, scheme: "http", authority: "x", path: path)
}

/// An entrance on a channel of its own, with what stands before and behind it.
private final class Entrance: Sendable {
    let channel = NIOAsyncTestingChannel()
    let framework = Framework()
    let reads = Reads()
    private let startedRequests = Atomic(0)
    private let endedRequests = Atomic(0)

    /// Requests whose responder has been asked.
    var started: Int { startedRequests.load(ordering: .relaxed) }

    /// Requests whose responder has come to its end.
    var ended: Int { endedRequests.load(ordering: .relaxed) }

    /// For each request whether its responder began on the event loop, and whether it was there when it had its answer.
    var places: [Bool] { notedPlaces.withLock { $0 } }

    private let notedPlaces = Mutex<[Bool]>([])

    private func notePlace() {
        let isOnLoop = channel.eventLoop.inEventLoop
        notedPlaces.withLock { $0.append(isOnLoop) }
    }

    /// - Parameters:
    ///   - answer: makes the body of an answer of a request's number and path.
    ///   - failed: told when an answer cannot be written.
    init(
        _ answer: @escaping @Sendable (Int, String) async throws -> String,
        failed: @escaping @Sendable () -> Void = {}
    ) async throws {
        let (reads, framework) = (reads, framework)
        try await channel.testingEventLoop.executeInContext { [channel] in
            try channel.pipeline.syncOperations.addHandlers(
                reads,
                RequestEntrance { [unowned self] request, writer, _ in
                    let number = startedRequests.wrappingAdd(1, ordering: .relaxed).newValue
                    notePlace()
                    let body = try await answer(number, request.head.path ?? "")
                    notePlace()
                    do {
                        try await writer.write(HTTPResponse(status: .ok), ByteBuffer(string: body))
                    } catch {
                        failed()
                        throw error
                    }
                    endedRequests.add(1, ordering: .relaxed)
                },
                framework
            )
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
    }

    func ask(_ path: String) async throws {
        try await channel.writeInbound(HTTPRequestPart.head(request(path)))
        try await channel.writeInbound(HTTPRequestPart.end(nil))
    }

    func read() async throws { try await channel.testingEventLoop.executeInContext { [channel] in channel.read() } }

    /// Waits until the event loop has done what it was given.
    func settle() async throws { try await channel.testingEventLoop.executeInContext {} }

    /// The bodies of the next answers; the status of those without.
    func answers(_ count: Int) async throws -> [String] {
        var answers: [String] = []
        var last = ""
        while answers.count < count {
            switch try await channel.waitForOutboundWrite(as: HTTPResponsePart.self) {
            case .head(let head): last = String(head.status.code)
            case .body(let body): last = String(buffer: body)
            case .end: answers.append(last)
            }
        }
        return answers
    }
}

/// Writes down what reaches the framework.
private final class Framework: ChannelInboundHandler, Sendable {
    typealias InboundIn = HTTPRequestPart

    private let parts = Mutex<[String]>([])

    var seen: [String] { parts.withLock { $0 } }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): note("head \(head.path ?? "")")
        case .body: note("body")
        case .end: note("end")
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { note("\(event)") }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { note("\(error)") }

    private func note(_ text: String) { parts.withLock { $0.append(text) } }
}

/// Counts how often more is asked for.
private final class Reads: ChannelOutboundHandler, Sendable {
    typealias OutboundIn = HTTPResponsePart

    private let reads = Atomic(0)

    var count: Int { reads.load(ordering: .relaxed) }

    func read(context: ChannelHandlerContext) { reads.add(1, ordering: .relaxed) }
}

/// What some wait for until it is opened.
private struct Gate: Sendable {
    private let ends = AsyncStream.makeStream(of: Void.self)

    func open() { ends.continuation.finish() }

    func wait() async { for await _ in ends.stream {} }
}
