//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix

/// A connection on which a test writes bytes as it likes, and reads what comes back.
package final class WireConnection {
    private var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
    private let channel: any Channel
    private var unread = ByteBuffer()

    private init(
        inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator,
        outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
        channel: any Channel
    ) {
        self.inbound = inbound
        self.outbound = outbound
        self.channel = channel
    }

    /// Connects to a port of the loopback address, and closes when the body is over.
    /// - Parameter receiveBytes: the size of the socket's receive buffer, for a client that takes little at a time.
    package static func with<Output>(
        port: Int,
        receiveBytes: Int? = nil,
        _ body: (WireConnection) async throws -> Output
    ) async throws -> Output {
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.allowRemoteHalfClosure, value: true)
        if let receiveBytes {
            bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBytes))
        }
        let channel =
            try await bootstrap
            .connect(host: "127.0.0.1", port: port) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(
                        wrappingChannelSynchronously: channel,
                        configuration: .init(isOutboundHalfClosureEnabled: true)
                    )
                }
            }
        return try await channel.executeThenClose { inbound, outbound in
            try await body(
                WireConnection(inbound: inbound.makeAsyncIterator(), outbound: outbound, channel: channel.channel)
            )
        }
    }

    package func send(_ text: String) async throws { try await send(ByteBuffer(string: text)) }

    package func send(_ bytes: [UInt8]) async throws { try await send(ByteBuffer(bytes: bytes)) }

    /// Waits until the event loop has had the bytes: a test that sends and sends would otherwise give it work faster than it is
    /// done, and keep it from all else, such as the connections of servers in the same process.
    private func send(_ bytes: ByteBuffer) async throws {
        try await outbound.write(bytes)
        try await channel.eventLoop.submit {}.get()
    }

    /// Says that nothing more will be sent.
    package func finish() { outbound.finish() }

    /// Closes both halves at once, as the end of a program does.
    package func close() async throws { try await channel.close() }

    /// Goes away without a word: the other side sees a reset.
    package func reset() async throws {
        guard let socket = channel as? any SocketOptionProvider else { return }
        try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await channel.close()
    }

    /// Reads the next response: its head, and as much of a body as it announces.
    /// - Parameter isHead: the response is one to HEAD, so no body follows.
    /// - Throws: ``EndOfConnection`` if the connection ends before.
    package func response(isHead: Bool = false) async throws -> WireResponse {
        while true {
            if let end = unread.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) {
                let count = end.upperBound - unread.readerIndex
                guard let head = unread.readString(length: count) else { throw EndOfConnection() }
                var response = try WireResponse(head: head)
                // Interim responses have no body and are followed by another one.
                let hasBody = !isHead && response.status >= 200 && response.status != 204 && response.status != 304
                let length = hasBody ? Int(response["content-length"] ?? "0") ?? 0 : 0
                let isChunked = hasBody && response["transfer-encoding"] == "chunked"
                response.body = try await isChunked ? readChunks() : read(length)
                return response
            }
            try await more()
        }
    }

    /// Reads the chunks of a body up to the last (RFC 9112 §7.1).
    private func readChunks() async throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            guard let end = unread.readableBytesView.firstRange(of: Array("\r\n".utf8)) else {
                try await more()
                continue
            }
            let line = unread.readString(length: end.lowerBound - unread.readerIndex) ?? ""
            guard let size = Int(line, radix: 16) else { throw EndOfConnection() }
            _ = try await read(2)
            body += try await read(size)
            _ = try await read(2)
            if size == 0 { return body }
        }
    }

    /// Reads a number of bytes.
    package func read(_ count: Int) async throws -> [UInt8] {
        while unread.readableBytes < count { try await more() }
        return unread.readBytes(length: count) ?? []
    }

    /// Reads until the other side ends the connection.
    package func readToEnd() async -> [UInt8] {
        while (try? await more()) != nil {}
        return unread.readBytes(length: unread.readableBytes) ?? []
    }

    private func more() async throws {
        guard let piece = try await inbound.next() else { throw EndOfConnection() }
        unread.writeImmutableBuffer(piece)
    }
}

/// The connection ended before what was waited for.
package struct EndOfConnection: Error {}

/// A response as it came over the wire.
package struct WireResponse: Sendable {
    package let status: Int
    package let headers: [(name: String, value: String)]
    package var body: [UInt8] = []

    init(head: String) throws {
        var lines = head.split(separator: "\r\n", omittingEmptySubsequences: true)
        let first = lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard first.count >= 2, let status = Int(first[1]) else { throw EndOfConnection() }
        self.status = status
        self.headers = lines.map { line in
            let parts = line.split(separator: ":", maxSplits: 1)
            let value = parts.count == 2 ? parts[1].drop { $0 == " " } : ""
            return (String(parts[0]).lowercased(), String(value))
        }
    }

    /// The first value of a header, by its lower-case name.
    package subscript(_ name: String) -> String? { headers.first { $0.name == name }?.value }

    /// All values of a header, by its lower-case name.
    package func all(_ name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }

    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The code of the first entry of an error envelope; nil if the body is none.
    package var errorCode: String? {
        guard text.hasPrefix(#"{"errors":[{"code":""#) else { return nil }
        return String(text.dropFirst(#"{"errors":[{"code":""#.count).prefix { $0 != "\"" })
    }
}
