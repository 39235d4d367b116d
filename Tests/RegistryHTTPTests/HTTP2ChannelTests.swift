//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HummingbirdCore
import Logging
import NIOCore
import NIOEmbedded
import NIOHTTP2
import Testing

@testable import RegistryHTTP

@Suite("Setting up a connection of HTTP/2")
struct HTTP2ChannelTests {
    /// What a client does that goes before it gets the server's settings.
    private final class Reset: ChannelOutboundHandler {
        typealias OutboundIn = ByteBuffer

        func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
            promise?.fail(ChannelError.ioOnClosedChannel)
            context.close(promise: nil)
        }
    }

    private let http2 = HTTP2Channel(
        stream: HTTP1Channel { _, _, _ in },
        timeouts: { ConnectionTimeouts() },
        refused: { ErrorEnvelope.reply($0.error) },
        stalled: { _ in },
        head: HeadLimits(totalBytes: 16_384),
        entrance: nil
    )

    private func connected() throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        try channel.connect(to: SocketAddress(unixDomainSocketPath: "/a")).wait()
        return channel
    }

    @Test("It has somebody who ends it when it is idle")
    func alive() throws {
        let channel = try connected()
        let setup = http2.setup(channel: channel, logger: Logger(label: "test"))
        channel.embeddedEventLoop.run()
        _ = try setup.wait()
        _ = try channel.pipeline.syncOperations.handler(type: NIOHTTP2ServerConnectionManagementHandler.self)
        _ = try channel.finish(acceptAlreadyClosed: true)
    }

    @Test("One that ended meanwhile gets nobody, who would wait for its end for ever")
    func dead() throws {
        let channel = try connected()
        try channel.pipeline.syncOperations.addHandler(Reset())
        let setup = http2.setup(channel: channel, logger: Logger(label: "test"))
        channel.embeddedEventLoop.run()
        #expect(throws: (any Error).self) { _ = try setup.wait() }
    }
}
