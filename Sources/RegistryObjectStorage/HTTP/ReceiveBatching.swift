//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import NIOHTTP1

/// How many bytes of an answer are read together.
///
/// Every read wakes the event loop, and what it brings is handed to a task on another thread: for a large body that costs
/// more than to copy the bytes, if each brings the little that the network has just delivered. What is read slowly, by the
/// network's fault or the client's, comes in small pieces, so that a thousand slow pulls do not take much memory.
struct ReceiveBatch {
    /// What comes within this time, at the pace of the read before, is read together.
    static let patience = TimeAmount.milliseconds(5)
    static let most = 2 << 20
    /// What is read where nothing is waited for: fewer are not worth a system call.
    static let least = 64 << 10
    /// Bytes that may lie between the socket and the body: a record of TLS, twice over.
    static let margin = 32 << 10

    /// The next read.
    struct Read: Equatable {
        /// Bytes that it waits for: a power of two from `least` on, or 1.
        var lowWater = 1
        /// The most that it takes at a time; it goes on while that is there, up to four times (`maxMessagesPerRead` of NIO).
        var room = ReceiveBatch.least
    }

    /// Bytes to come.
    private var left: Int64 = 0
    /// Bytes of the read under way.
    private var taken: Int64 = 0
    /// When the read before ended; of what comes with the head nobody knows how long it took.
    private var before: NIODeadline?

    /// A body begins.
    mutating func begin(length: Int64) {
        self = ReceiveBatch()
        left = length
    }

    mutating func take(_ count: Int) { taken += Int64(count) }

    /// A read has ended.
    mutating func next(at now: NIODeadline) -> Read {
        guard left > 0, taken > 0 else { return Read() }
        defer {
            before = now
            taken = 0
        }
        left -= taken
        guard let before else { return Read() }
        let pace = Double(taken) / Double(max(1, (now - before).nanoseconds))
        let expected = Int64(min(pace * Double(Self.patience.nanoseconds), Double(Self.most)))
        return Read(
            lowWater: Self.powerOfTwo(min(expected, left - Int64(Self.margin))) ?? 1,
            room: Self.powerOfTwo(expected) ?? Self.least
        )
    }

    /// The largest that is no more.
    private static func powerOfTwo(_ count: Int64) -> Int? {
        count >= least ? 1 << (Int64.bitWidth - 1 - count.leadingZeroBitCount) : nil
    }
}

/// Has the socket of a connection wait for batches of a long answer (`SO_RCVLOWAT`, socket(7)).
final class ReceiveBatching: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias InboundOut = HTTPClientResponsePart

    private var batch = ReceiveBatch()
    private var read = ReceiveBatch.Read()

    /// Adds it behind the decoder of a connection.
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(ReceiveBatching(), position: .after(decoder))
            let allocator = FixedSizeRecvByteBufferAllocator(capacity: ReceiveBatch.Read().room)
            try channel.syncOptions?.setOption(.recvAllocator, value: allocator)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            // Without a length nobody knows what is still to come. That of an answer to HEAD is forgotten at its end.
            let length = head.headers.first(name: "Content-Length").flatMap { Int64($0) } ?? 0
            batch.begin(length: length)
        case .body(let bytes): batch.take(bytes.readableBytes)
        case .end:
            batch = ReceiveBatch()
            set(.init(), context)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        set(batch.next(at: .now()), context)
        context.fireChannelReadComplete()
    }

    private func set(_ next: ReceiveBatch.Read, _ context: ChannelHandlerContext) {
        let options = context.channel.syncOptions
        // Where an option is not taken, all comes in other pieces.
        if next.lowWater != read.lowWater {
            try? options?.setOption(.socketOption(.init(rawValue: SO_RCVLOWAT)), value: next.lowWater)
        }
        if next.room != read.room {
            try? options?.setOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: next.room))
        }
        read = next
    }
}
