//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import RegistryTelemetry

/// A request's way to its connection, from outside the event loop.
struct ConnectionHandle: Sendable {
    let channel: any Channel
    private let isStream: Bool

    /// - Parameter isStream: whether the channel is a stream of HTTP/2, or the connection of streams.
    init(channel: any Channel, isStream: Bool = false) {
        self.channel = channel
        self.isStream = isStream
    }

    /// The version of HTTP that it speaks.
    var version: ProtocolVersion { isStream ? .http2 : .http1 }

    /// The address of the peer, without its port; empty for a Unix socket.
    var peer: String {
        guard let address = channel.remoteAddress?.ipv4 else { return channel.remoteAddress?.ipAddress ?? "" }
        // The framework's way makes an array of it first.
        return String(unsafeUninitializedCapacity: 15) { buffer in
            var count = 0
            for shift in stride(from: 24, through: 0, by: -8) {
                let byte = UInt8(truncatingIfNeeded: address >> shift)
                if shift < 24 { count += buffer.write(UInt8(ascii: "."), at: count) }
                if byte >= 100 { count += buffer.write(UInt8(ascii: "0") + byte / 100, at: count) }
                if byte >= 10 { count += buffer.write(UInt8(ascii: "0") + byte / 10 % 10, at: count) }
                count += buffer.write(UInt8(ascii: "0") + byte % 10, at: count)
            }
            return count
        }
    }

    /// The address of the peer with its port (RFC 3986 §3.2); empty for a Unix socket.
    var peerAndPort: String {
        guard let address = channel.remoteAddress, let port = address.port else { return "" }
        return address.protocol == .inet6 ? "[\(peer)]:\(port)" : "\(peer):\(port)"
    }

    /// Does something with the request's guard on the event loop.
    private func withGuard<Output: Sendable>(_ body: @escaping @Sendable (any RequestGuard) -> Output)
        -> EventLoopFuture<Output>
    {
        channel.eventLoop.submit { [channel, isStream] in
            let pipeline = channel.pipeline.syncOperations
            return body(
                isStream
                    ? try pipeline.handler(type: StreamGuard.self) : try pipeline.handler(type: ConnectionGuard.self)
            )
        }
    }

    /// Tells a client that waits for it to send its body.
    func sendContinue() {
        withGuard { $0.sendContinue() }.whenFailure { _ in
            // The connection is gone; reading the body will say so.
        }
    }

    /// Whether the request being answered has come to its end.
    func hasReceivedWholeRequest() async -> Bool {
        (try? await withGuard { !$0.isReceivingBody }.get()) ?? false
    }

    /// Whom the client's certificate stands for; nil without one that was verified.
    func certificateName() async -> String? { try? await withGuard { $0.certificateName }.get() }

    /// Sends bytes between a head and an end that go the usual way, and waits until they are taken.
    ///
    /// The framework's writer hands bytes to the event loop without waiting for it, so that a loop that is busy would be
    /// given a whole blob at once, and the record would count what no client ever took.
    /// - Parameter sent: counts what is taken, in slices, so that of a large piece little is missing where the client goes.
    func send(_ bytes: ByteBuffer, counting sent: SentBytes? = nil) async throws {
        let loop = channel.eventLoop
        let done = loop.makePromise(of: Void.self)
        withGuard { connection in
            var rest = bytes
            while let sent, rest.readableBytes > SentBytes.sliceBytes {
                // The first slice is the odd one: the channel would have room again before a small last one is taken, and
                // that ends the time that there is for it.
                let odd = rest.readableBytes % SentBytes.sliceBytes
                guard let slice = rest.readSlice(length: odd > 0 ? odd : SentBytes.sliceBytes) else { break }
                connection.write(slice, promise: sent.promise(slice.readableBytes, on: loop))
            }
            connection.send(rest, promise: done)
        }
        .whenFailure { done.fail($0) }
        try await done.futureResult.get()
        sent?.add(min(bytes.readableBytes, SentBytes.sliceBytes))
    }

    /// The socket beneath a plain HTTP/1.1 connection, for writing to it past the channel; nil where bytes must go through
    /// the channel.
    ///
    /// Whoever asks for it closes it.
    func duplicateSocket() async -> CInt? {
        // A copy: the channel may close its own at any time, and another connection get its number.
        let copy = try? await withGuard { connection in
            connection.fitSendBuffer()
            return connection.socket.map { fcntl($0, F_DUPFD_CLOEXEC, 0) }
        }.get()
        guard let copy, copy >= 0 else { return nil }
        return copy
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Sets a byte.
    /// - Returns: 1, the number of bytes set.
    fileprivate func write(_ byte: UInt8, at position: Int) -> Int {
        self[position] = byte
        return 1
    }
}
