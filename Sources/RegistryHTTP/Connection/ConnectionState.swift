//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// What a connection, or a stream of HTTP/2, is waiting for, and for how long: pure, so that tests drive it without sockets
/// or waiting.
struct ConnectionState: Sendable {
    private let timeouts: ConnectionTimeouts

    private enum Inbound { case idle, head, body }
    private var inbound = Inbound.idle
    /// Requests whose head has come and whose answer has not been sent to its end.
    private(set) var outstanding = 0
    private var hasHadRequest = false
    /// When the first byte of a head came that did not come at once; of the last one that there was.
    private var headBegan: NIODeadline?
    private var readDeadline: NIODeadline?
    private var writeDeadline: NIODeadline?
    private var lingerDeadline: NIODeadline?
    /// Answers until the last one, once a request or an answer has said that the connection ends with it.
    private var answersUntilClose: Int?
    /// Whether what came since the last ``bytesArrived(_:)`` was part of a request whose head is known.
    private var sawParts = false

    init(timeouts: ConnectionTimeouts, now: NIODeadline) {
        self.timeouts = timeouts
        self.readDeadline = now + timeouts.idle
    }

    /// Whether the last request has not come to its end: what tells a body that ended from one that was cut off.
    var isReceivingBody: Bool { inbound == .body }

    var isLingering: Bool { lingerDeadline != nil }

    /// The connection ends with the answer to the request that is being answered.
    var closesAfterReply: Bool { answersUntilClose.map { $0 <= 1 } ?? false }

    /// Whether a further request on the connection would be answered.
    var takesRequests: Bool { answersUntilClose == nil }

    /// Whether a request is on its way: its head has begun, or it is the first, for whose sake somebody has connected.
    var expectsRequest: Bool { outstanding == 0 && !isLingering && (inbound == .head || !hasHadRequest) }

    /// The next moment at which something is too late.
    var deadline: NIODeadline? {
        // No array: this is asked several times a request.
        let never = NIODeadline.distantFuture
        let next = min(readDeadline ?? never, writeDeadline ?? never, lingerDeadline ?? never)
        return next == never ? nil : next
    }

    // MARK: Reading

    /// Bytes came; they may have been no more than the beginning of a head, or the unread rest of a body whose request
    /// has been answered.
    mutating func bytesArrived(_ now: NIODeadline) {
        defer { sawParts = false }
        guard inbound == .idle, outstanding == 0 else { return }
        guard !sawParts else {
            readDeadline = now + timeouts.idle
            return
        }
        inbound = .head
        headBegan = now
        readDeadline = now + timeouts.header
    }

    /// How long ago the head that is on its way began; zero if none did before now.
    func headAge(_ now: NIODeadline) -> Duration {
        guard inbound == .head, let headBegan else { return .zero }
        return .nanoseconds((now - headBegan).nanoseconds)
    }

    /// - Parameter keepsAlive: what the request says of the connection.
    mutating func headArrived(keepsAlive: Bool) {
        inbound = .body
        hasHadRequest = true
        outstanding += 1
        sawParts = true
        readDeadline = nil
        // Those that came before it on the connection are answered first.
        if !keepsAlive, answersUntilClose == nil { answersUntilClose = outstanding }
    }

    mutating func bodyArrived() {
        sawParts = true
        readDeadline = nil
    }

    mutating func requestEnded() {
        inbound = .idle
        sawParts = true
        readDeadline = nil
    }

    /// The server asks for more; from now on the client is the one who is waited for.
    mutating func readRequested(_ now: NIODeadline) {
        if inbound == .body, readDeadline == nil { readDeadline = now + timeouts.body }
    }

    // MARK: Writing

    mutating func writabilityChanged(_ isWritable: Bool, _ now: NIODeadline) {
        writeDeadline = isWritable ? nil : now + timeouts.write
    }

    mutating func closeAfterReply() { answersUntilClose = 1 }

    /// Lets no request follow those that are being answered.
    mutating func closeAfterReplies() {
        if answersUntilClose == nil, outstanding > 0 { answersUntilClose = outstanding }
    }

    enum AfterReply: Equatable { case carryOn, linger }

    mutating func replyEnded(_ now: NIODeadline) -> AfterReply {
        outstanding -= 1
        if closesAfterReply {
            linger(now)
            return .linger
        }
        answersUntilClose = answersUntilClose.map { $0 - 1 }
        if outstanding == 0, inbound == .idle { readDeadline = now + timeouts.idle }
        return .carryOn
    }

    /// The answer is out; what the client still sends is thrown away, for a while.
    mutating func linger(_ now: NIODeadline) {
        readDeadline = nil
        lingerDeadline = now + timeouts.linger
    }

    // MARK: Being late

    enum Expiry: Equatable {
        /// Nothing is late.
        case none
        /// Nobody is waiting for anything: close.
        case close
        /// What is being sent is not taken in: close.
        case slowReader
        /// The head of a request does not come to its end.
        case slowHead
        /// The body of a request does not come.
        case slowBody
    }

    mutating func expire(_ now: NIODeadline) -> Expiry {
        if let writeDeadline, writeDeadline <= now { return .slowReader }
        if let lingerDeadline, lingerDeadline <= now { return .close }
        guard let readDeadline, readDeadline <= now else { return .none }
        self.readDeadline = nil
        return switch inbound {
        case .idle: .close
        case .head: .slowHead
        case .body: .slowBody
        }
    }
}
