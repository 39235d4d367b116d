//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import NIOPosix
import Synchronization

/// A receiver of webhooks on a free port of this machine, which can misbehave in every way.
package final class TestReceiver: Sendable {
    package let port: Int
    private let channel: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let log: Log

    /// What came.
    package struct Request: Sendable {
        package var target: String
        /// Names in lower case.
        package var headers: [String: String]
        package var body: String
        /// Which connection it came on, from 1.
        package var connection: Int
    }

    /// What is answered.
    package enum Answer: Sendable {
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// Something that is not HTTP.
        case garbage
        /// The head of an answer, half of the body, and the end of the connection.
        case half(Int)
        /// Nothing, and the end of the connection.
        case close
        /// Nothing at all.
        case hang
        /// An answer that never ends.
        case endless(Int)
        /// The same, but later.
        indirect case delayed(TimeAmount, Answer)
    }

    package typealias Script = @Sendable (Request) -> Answer

    /// - Parameters:
    ///   - script: decides what is answered.
    ///   - prepare: puts handlers in front, such as TLS.
    package static func start(
        _ script: @escaping Script = { _ in .status(200) },
        prepare: @escaping @Sendable (any Channel) throws -> Void = { _ in }
    ) async throws -> TestReceiver {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let log = Log(script)
        let channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try prepare(channel)
                    try channel.pipeline.syncOperations.addHandler(ReceiverHandler(log))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return TestReceiver(channel, group, log)
    }

    private init(_ channel: any Channel, _ group: MultiThreadedEventLoopGroup, _ log: Log) {
        self.channel = channel
        self.group = group
        self.log = log
        self.port = channel.localAddress?.port ?? 0
    }

    package var address: String { "http://127.0.0.1:\(port)/hook" }

    /// All that came so far, whatever was answered.
    package var requests: [Request] { log.state.withLock(\.requests) }

    /// What came and was answered with 2xx, as the script has it.
    package var taken: [Request] { log.state.withLock(\.taken) }

    /// Requests that are not answered yet, at most, of any moment.
    package var mostAtOnce: Int { log.state.withLock(\.most) }

    /// Has other requests answered otherwise.
    package func follow(_ script: @escaping Script) { log.state.withLock { $0.script = script } }

    package func stop() async throws {
        try? await channel.close()
        try await group.shutdownGracefully()
    }

    final class Log: Sendable {
        let state: Mutex<State>

        struct State {
            var script: Script
            var requests: [Request] = []
            var taken: [Request] = []
            var connections = 0
            var open = 0
            var most = 0
        }

        init(_ script: @escaping Script) { self.state = Mutex(State(script: script)) }
    }
}

private final class ReceiverHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let log: TestReceiver.Log
    private let connection: Int
    private var buffer = ByteBuffer()

    init(_ log: TestReceiver.Log) {
        self.log = log
        self.connection = log.state.withLock { state in
            state.connections += 1
            return state.connections
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var piece = unwrapInboundIn(data)
        buffer.writeBuffer(&piece)
        while let request = next() {
            let answer = log.state.withLock { state in
                state.requests.append(request)
                state.open += 1
                state.most = max(state.most, state.open)
                return state.script(request)
            }
            send(answer, to: request, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    /// A whole request out of what has come.
    private func next() -> TestReceiver.Request? {
        let bytes = Array(buffer.readableBytesView)
        guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
        let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].lowercased()
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers[name] = headers[name].map { "\($0), \(value)" } ?? String(value)
        }
        let length = Int(headers["content-length"] ?? "0") ?? 0
        guard bytes.count >= end.upperBound + length else { return nil }
        buffer.moveReaderIndex(forwardBy: end.upperBound + length)
        buffer.discardReadBytes()
        return TestReceiver.Request(
            target: lines.first.map { String($0.split(separator: " ").dropFirst().first ?? "") } ?? "",
            headers: headers,
            body: String(decoding: bytes[end.upperBound..<end.upperBound + length], as: UTF8.self),
            connection: connection
        )
    }

    private func send(_ answer: TestReceiver.Answer, to request: TestReceiver.Request, _ context: ChannelHandlerContext)
    {
        func write(_ text: String) { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil) }
        func done(isTaken: Bool) {
            log.state.withLock { state in
                state.open -= 1
                if isTaken { state.taken.append(request) }
            }
        }
        switch answer {
        case .status(let status, let headers, let body):
            done(isTaken: (200..<300).contains(status))
            let lines = headers.map { "\($0.key): \($0.value)\r\n" }.sorted().joined()
            write("HTTP/1.1 \(status) Said\r\n\(lines)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
        case .garbage:
            done(isTaken: false)
            write("\u{0}\u{1}\u{2} this is not the protocol\r\n\r\n")
            context.close(promise: nil)
        case .half(let status):
            done(isTaken: (200..<300).contains(status))
            write("HTTP/1.1 \(status) Said\r\nContent-Length: 100\r\n\r\nhalf")
            context.close(promise: nil)
        case .close:
            done(isTaken: false)
            context.close(promise: nil)
        case .hang: break
        case .endless(let status):
            done(isTaken: (200..<300).contains(status))
            write("HTTP/1.1 \(status) Said\r\nTransfer-Encoding: chunked\r\n\r\n")
            Self.goOn(context.channel)
        case .delayed(let delay, let answer):
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.eventLoop.scheduleTask(in: delay) {
                let (handler, context) = bound.value
                handler.send(answer, to: request, context)
            }
        }
    }

    private static func goOn(_ channel: any Channel) {
        let piece = "400\r\n" + String(repeating: "x", count: 1024) + "\r\n"
        channel.writeAndFlush(ByteBuffer(string: piece)).whenSuccess {
            channel.eventLoop.scheduleTask(in: .milliseconds(1)) { goOn(channel) }
        }
    }
}
