//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import Glibc
import NIOCore

/// Shares an event loop between long downloads: slices of files are sent in turn, under a budget for each turn of the
/// loop, so that small requests on the same loop wait for a fraction of a millisecond and not for whole files.
final class TransferPacer {
    /// Bytes of one slice.
    ///
    /// Smaller ones cost more system calls, larger ones longer turns.
    static let sliceBytes: Int64 = 512 << 10
    private static let turnBytes: Int64 = 1 << 20

    private let loop: any EventLoop
    private var waiting = Deque<FileTransfer>()
    private var isScheduled = false

    init(loop: any EventLoop) { self.loop = loop }

    /// Gives a transfer its next turn.
    func enqueue(_ transfer: FileTransfer) {
        waiting.append(transfer)
        guard !isScheduled else { return }
        isScheduled = true
        loop.assumeIsolated().execute { self.turn() }
    }

    private func turn() {
        isScheduled = false
        var budget = Self.turnBytes
        while budget > 0, let transfer = waiting.popFirst() {
            budget -= Self.sliceBytes
            transfer.sendSlice()
        }
        guard !waiting.isEmpty else { return }
        isScheduled = true
        loop.assumeIsolated().execute { self.turn() }
    }
}

/// The pacers of all event loops.
///
/// Each is used on its own loop only.
struct TransferPacers: Sendable {
    private let pacers: [ObjectIdentifier: NIOLoopBoundBox<TransferPacer>]

    init(_ group: any EventLoopGroup) {
        var pacers: [ObjectIdentifier: NIOLoopBoundBox<TransferPacer>] = [:]
        for loop in group.makeIterator() {
            pacers[ObjectIdentifier(loop)] = NIOLoopBoundBox.makeBoxSendingValue(
                TransferPacer(loop: loop),
                eventLoop: loop
            )
        }
        self.pacers = pacers
    }

    /// The pacer of a loop of the group; on that loop.
    subscript(_ loop: any EventLoop) -> TransferPacer? { pacers[ObjectIdentifier(loop)]?.value }
}

/// One range of a file on its way to a client.
///
/// Lives on the connection's event loop.
final class FileTransfer {
    private let handle: NIOFileHandle
    private let connection: ConnectionGuard
    private let pacer: TransferPacer
    private let loop: any EventLoop
    private let done: EventLoopPromise<Void>
    private var timer: Scheduled<Void>?
    private var next: Int64
    private let end: Int64
    /// Counts bytes as they are taken, for the record of a transfer that is cut off.
    private let sent: @Sendable (Int64) -> Void

    init(
        _ range: Range<Int64>,
        of handle: NIOFileHandle,
        to connection: ConnectionGuard,
        pacer: TransferPacer,
        done: EventLoopPromise<Void>,
        sent: @escaping @Sendable (Int64) -> Void
    ) {
        self.handle = handle
        self.connection = connection
        self.pacer = pacer
        self.loop = done.futureResult.eventLoop
        self.done = done
        self.next = range.lowerBound
        self.end = range.upperBound
        self.sent = sent
    }

    func start() {
        pacer.enqueue(self)
        watch()
        done.futureResult.assumeIsolated().whenComplete { _ in self.timer?.cancel() }
    }

    private func watch() {
        timer = loop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.check() }
    }

    /// Ends the connection if the file has become too short: sendfile(2) of what is not there sends nothing and tells
    /// nothing, and would be called again and again.
    private func check() {
        var facts = stat()
        let result = try? handle.withUnsafeFileDescriptor { fstat($0, &facts) }
        guard result == 0, Int64(facts.st_size) < end else { return watch() }
        connection.cutOff()
    }

    func sendSlice() {
        let count = min(TransferPacer.sliceBytes, end - next)
        let slice = FileRegion(fileHandle: handle, readerIndex: Int(next), endIndex: Int(next + count))
        let promise = loop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { result in
            switch result {
            case .success:
                self.connection.progressed()
                self.sent(count)
                self.next += count
                if self.next < self.end { self.pacer.enqueue(self) } else { self.done.succeed() }
            case .failure(let error):
                self.done.fail(error)
            }
        }
        connection.send(.fileRegion(slice), promise: promise)
    }
}
