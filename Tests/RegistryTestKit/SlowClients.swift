//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Many clients that send their requests byte by byte, on plain sockets and one thread.
package struct SlowClients: ~Copyable {
    private var clients: [Client] = []

    private struct Client {
        let socket: CInt
        /// The head of its answer, as far as it came.
        var answer: [UInt8] = []
        var isOver = false
    }

    /// What became of the clients.
    package struct Outcome: Sendable {
        /// How many got an answer with a status.
        package var statuses: [Int: Int] = [:]
        /// How many were cut off without one.
        package var withoutAnswer = 0
    }

    /// Connects them, which blocks.
    /// - Parameters:
    ///   - beginnings: what each sends at once; there is one client for each.
    /// - Throws: the error of the system.
    package init(port: Int, beginnings: [String]) throws {
        for beginning in beginnings {
            let socket = try Self.connect(port)
            clients.append(Client(socket: socket))
            _ = Self.send(Array(beginning.utf8), to: socket)
        }
    }

    deinit { for client in clients where !client.isOver { close(client.socket) } }

    /// Sends a byte for each client again and again until all are cut off, which blocks.
    /// - Parameters:
    ///   - pause: time between two bytes of a client, in milliseconds.
    ///   - turns: after so many the others are given up.
    package mutating func trickle(pause: CInt, turns: Int) -> Outcome {
        for _ in 0..<turns {
            var waiting = clients.indices.filter { !clients[$0].isOver }
                .map { (index: $0, poll: pollfd(fd: clients[$0].socket, events: Int16(POLLIN), revents: 0)) }
            guard !waiting.isEmpty else { break }
            var descriptors = waiting.map(\.poll)
            // The pause is the turn: whatever comes within it is looked at after it.
            _ = poll(nil, 0, pause)
            _ = poll(&descriptors, nfds_t(descriptors.count), 0)
            for position in waiting.indices { waiting[position].poll = descriptors[position] }
            for (index, poll) in waiting {
                if poll.revents != 0 { receive(index) } else { _ = Self.send([UInt8(ascii: "a")], to: poll.fd) }
            }
        }
        return outcome
    }

    private mutating func receive(_ index: Int) {
        var buffer = [UInt8](repeating: 0, count: 1024)
        let count = recv(clients[index].socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        if count > 0 {
            clients[index].answer += buffer[..<count]
        } else if count == 0 || errno != EAGAIN {
            clients[index].isOver = true
            close(clients[index].socket)
        }
    }

    private var outcome: Outcome {
        var outcome = Outcome()
        for client in clients where client.isOver {
            let words = String(decoding: client.answer, as: UTF8.self).split(separator: " ", maxSplits: 2)
            if words.count > 1, let status = Int(words[1]) {
                outcome.statuses[status, default: 0] += 1
            } else {
                outcome.withoutAnswer += 1
            }
        }
        return outcome
    }

    private static func send(_ bytes: [UInt8], to socket: CInt) -> Int {
        Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
    }

    private static func connect(_ port: Int) throws -> CInt {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SystemFailure(call: "socket", code: errno) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else {
            let code = errno
            close(descriptor)
            throw SystemFailure(call: "connect", code: code)
        }
        return descriptor
    }
}

/// A call of the system that failed.
package struct SystemFailure: Error, CustomStringConvertible {
    let call: String
    let code: CInt

    package var description: String { "\(call): \(String(cString: strerror(code)))" }
}

extension OpenFiles {
    /// Lets the process open as many files as the system lets it.
    package static func raiseLimit() {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
