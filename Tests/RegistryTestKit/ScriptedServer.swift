//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server within the test's process, on a free port of the loopback address, that answers as the test says.
package final class ScriptedServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        /// Path and query, as they came.
        package var uri: String
        package var body: [UInt8]
        fileprivate var fields: HTTPHeaders

        /// The first field of a name, in whatever case.
        package subscript(name: String) -> String? { fields.first(name: name) }

        package var text: String { String(decoding: body, as: UTF8.self) }
    }

    package struct Answer: Sendable {
        package var status: Int
        package var fields: [(String, String)]
        package var body: [UInt8]

        package init(_ status: Int, _ body: String = "", _ fields: [(String, String)] = []) {
            self.status = status
            self.fields = fields
            self.body = Array(body.utf8)
        }
    }

    private let channel: any Channel
    package var port: Int { channel.localAddress?.port ?? 0 }
    package var authority: String { "127.0.0.1:\(port)" }

    /// Serves while the body runs.
    /// - Parameter answer: what is answered; nil closes the connection instead.
    package static func with<Output>(
        _ answer: @escaping @Sendable (Request) -> Answer?,
        _ body: (ScriptedServer) async throws -> Output
    ) async throws -> Output {
        let server = try await ScriptedServer(answer)
        let result: Result<Output, any Error>
        do { result = .success(try await body(server)) } catch { result = .failure(error) }
        try? await server.channel.close()
        return try result.get()
    }

    private init(_ answer: @escaping @Sendable (Request) -> Answer?) async throws {
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(ScriptedHandler(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }
}

private final class ScriptedHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer?
    private var request: ScriptedServer.Request?

    init(_ answer: @escaping @Sendable (ScriptedServer.Request) -> ScriptedServer.Answer?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            request = .init(method: head.method.rawValue, uri: head.uri, body: [], fields: head.headers)
        case .body(let bytes): request?.body += bytes.readableBytesView
        case .end:
            guard let request, let answer = answer(request) else {
                context.close(promise: nil)
                return
            }
            var fields = HTTPHeaders(answer.fields)
            fields.replaceOrAdd(name: "Content-Length", value: "\(answer.body.count)")
            let head = HTTPResponseHead(
                version: .http1_1,
                status: HTTPResponseStatus(statusCode: answer.status),
                headers: fields
            )
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
    }
}
