//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import RegistryTelemetry

/// A socket to the journal that never blocks, connected so that poll(2) knows when there is room.
struct JournalSocket: ~Copyable {
    private let path: String
    private var descriptor: Int32 = -1

    /// - Parameter path: of the journal's socket.
    init(path: String) { self.path = path }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// What became of an entry.
    enum Outcome: Equatable {
        case sent
        /// The journal has not taken in what it was sent before.
        case full
        /// There is no journal at the other end, or it takes nothing; the cause in words.
        case gone(String)
        /// Larger than a datagram may be.
        case tooLarge
    }

    /// Connects to the journal, anew if it was connected.
    /// - Returns: why it could not, or nil.
    mutating func connect() -> String? {
        if descriptor >= 0 { close(descriptor) }
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { return failure("socket") }
        guard let address = UnixAddress(path: path) else { return "\(path): longer than a socket's path may be" }
        let socket = descriptor
        guard address.withSocketAddress({ Glibc.connect(socket, $0, $1) }) == 0 else {
            let reason = failure("connect")
            close(descriptor)
            descriptor = -1
            return reason
        }
        return nil
    }

    /// Sends an entry as a datagram.
    func send(_ entry: UnsafeBufferPointer<UInt8>) -> Outcome {
        guard descriptor >= 0 else { return .gone("not connected") }
        while true {
            let count = Glibc.send(descriptor, entry.baseAddress, entry.count, Int32(MSG_NOSIGNAL))
            guard count < 0 else { return .sent }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .full
            case EMSGSIZE: return .tooLarge
            default: return .gone(failure("send"))
            }
        }
    }

    /// Sends an entry that stands in a file in memory.
    func send(_ memory: borrowing SealedMemory) -> Outcome {
        guard descriptor >= 0 else { return .gone("not connected") }
        while true {
            switch plimsoll_send_descriptor(descriptor, memory.descriptor) {
            case 0: return .sent
            case EINTR: continue
            case EAGAIN: return .full
            case let code: return .gone("\(path): sendmsg: \(String(cString: strerror(code)))")
            }
        }
    }

    /// Waits until the journal may have room, or the time is over.
    func waitForRoom(milliseconds: Int32) {
        var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        // Errors and interruptions show when the entry is sent again.
        _ = poll(&request, 1, milliseconds)
    }

    private func failure(_ call: String) -> String { "\(path): \(call): \(String(cString: strerror(errno)))" }
}

/// A file in memory that nobody can change any more, as the journal wants entries that are too large for a datagram.
struct SealedMemory: ~Copyable {
    let descriptor: Int32

    /// - Returns: nil when there is no memory or no descriptor left.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        descriptor = plimsoll_sealed_memory(bytes.baseAddress, bytes.count)
        guard descriptor >= 0 else { return nil }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
