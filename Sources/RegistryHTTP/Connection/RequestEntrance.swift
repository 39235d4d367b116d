//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes

/// Begins requests without a body on their event loop, past the framework; those with one go on to it, which makes a stream
/// of the body.
///
/// Most pulls are answered from memory. To hand such a request to a task on another thread, and its answer back, takes longer
/// than to answer it. The responder is the same for both ways: it runs here until it waits for something the first time, and
/// from there on where the framework's would.
///
/// One request is answered at a time, and in order: what comes meanwhile waits here, whatever it is.
final class RequestEntrance: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum Incoming {
        case part(HTTPRequestPart)
        case event(Any)
        case failure(any Error)
    }

    private let respond: ServedPort.Responder
    private let isStream: Bool
    /// What runs the task that answers; nil before the first request.
    private var executor: ConnectionExecutor?
    private let handover = RequestHandover()
    private var context: ChannelHandlerContext?
    /// A request without a body, until its end.
    private var head: HTTPRequest?
    /// The same, until the client has taken enough of the answers before it.
    private var delayed: HTTPRequest?
    /// Requests that the framework has and has not answered.
    private var passed = 0
    private var isAnswering = false
    private var waiting = Deque<Incoming>()
    /// What comes now is looked at when the one who looks at it returns.
    private var isBusy = false
    private var isReadHeld = false

    /// - Parameter isStream: whether the channel is a stream of HTTP/2.
    init(isStream: Bool = false, respond: @escaping ServedPort.Responder) {
        self.isStream = isStream
        self.respond = respond
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        handover.end()
    }

    // MARK: Inbound

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { take(.part(unwrapInboundIn(data)), context) }

    /// The framework ends a connection when it is told to, or that the client has closed its half; not before the answer.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) { take(.event(event), context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { take(.failure(error), context) }

    func read(context: ChannelHandlerContext) {
        // What waits here is what was read at once, and no more.
        if waiting.isEmpty { context.read() } else { isReadHeld = true }
    }

    private func take(_ incoming: Incoming, _ context: ChannelHandlerContext) {
        waiting.append(incoming)
        goOn(context)
    }

    /// Looks at what has come, until a request is being answered.
    private func goOn(_ context: ChannelHandlerContext) {
        guard !isBusy else { return }
        isBusy = true
        while !isAnswering, let next = waiting.popFirst() {
            switch next {
            case .part(let part): take(part, context)
            case .event(let event): context.fireUserInboundEventTriggered(event)
            case .failure(let error): context.fireErrorCaught(error)
            }
        }
        isBusy = false
        guard isReadHeld, waiting.isEmpty else { return }
        isReadHeld = false
        context.read()
    }

    private func take(_ part: HTTPRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head) where passed == 0 && Self.hasNoBody(head):
            self.head = head
            return
        case .end:
            guard let request = head else { break }
            head = nil
            isAnswering = true
            // Otherwise somebody who asks and asks, and takes no answer, would have all of them kept here.
            if context.channel.isWritable { begin(request, context) } else { delayed = request }
            return
        case .head: passed += 1
        case .body: break
        }
        context.fireChannelRead(wrapInboundOut(part))
    }

    private static func hasNoBody(_ head: HTTPRequest) -> Bool {
        let fields = head.headerFields
        guard !fields.contains(.transferEncoding) else { return false }
        guard let length = fields[.contentLength] else { return true }
        return length == "0"
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable, let request = delayed {
            delayed = nil
            begin(request, context)
        }
        context.fireChannelWritabilityChanged()
    }

    // MARK: Answering

    private func begin(_ head: HTTPRequest, _ context: ChannelHandlerContext) {
        let wasBusy = isBusy
        // The next one begins when this call is over, however soon the answer is there.
        isBusy = true
        if let executor {
            executor.runHere { handover.put(head) }
        } else {
            handover.put(head)
            startAnswering(context.channel)
        }
        isBusy = wasBusy
        goOn(context)
    }

    /// Starts the task that answers the connection's requests.
    ///
    /// One for all of them, since a task that has done the same before has the memory for it.
    private func startAnswering(_ channel: any Channel) {
        let executor = ConnectionExecutor(channel.eventLoop)
        self.executor = executor
        let connection = ConnectionHandle(channel: channel, isStream: isStream)
        let answer = EntranceAnswer(self, on: channel)
        executor.runHere {
            Task(executorPreference: executor) { [respond, handover] in
                while let head = await handover.next() {
                    do {
                        let request = Request(head: head, body: RequestBody(buffer: ByteBuffer()))
                        try await respond(request, .entrance(answer), connection)
                    } catch {
                        // As with the framework: nothing further can be told from the connection.
                        channel.close(promise: nil)
                    }
                }
            }
        }
    }

    /// Writes what there is of an answer.
    fileprivate func write(_ head: HTTPResponse?, _ body: ByteBuffer?, isWhole: Bool) throws {
        guard let context else { throw ChannelError.ioOnClosedChannel }
        if let head { context.write(wrapOutboundOut(.head(head)), promise: nil) }
        if let body, body.readableBytes > 0 { context.write(wrapOutboundOut(.body(body)), promise: nil) }
        guard isWhole else { return context.flush() }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        isAnswering = false
        goOn(context)
    }

    // MARK: Outbound

    /// Answers of the framework.
    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        if case .end = unwrapOutboundIn(data) { passed -= 1 }
    }
}

/// The way of an answer to its connection, from any thread.
struct EntranceAnswer: Sendable {
    private let entrance: NIOLoopBound<RequestEntrance>
    private let channel: any Channel

    fileprivate init(_ entrance: RequestEntrance, on channel: any Channel) {
        self.entrance = NIOLoopBound(entrance, eventLoop: channel.eventLoop)
        self.channel = channel
    }

    /// - Parameter isWhole: whether nothing follows.
    /// - Throws: when the connection has ended.
    func write(_ head: HTTPResponse? = nil, _ body: ByteBuffer? = nil, isWhole: Bool) throws {
        guard !channel.eventLoop.inEventLoop else {
            return try entrance.value.write(head, body, isWhole: isWhole)
        }
        guard channel.isActive else { throw ChannelError.ioOnClosedChannel }
        channel.eventLoop.execute { [entrance] in
            // A connection that has ended meanwhile takes nothing, and nobody waits for it.
            try? entrance.value.write(head, body, isWhole: isWhole)
        }
    }
}
