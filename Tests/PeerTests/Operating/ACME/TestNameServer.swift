//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import RegistryTestKit

/// A name server (RFC 1035) that has every name at 127.0.0.1, but for those below `invalid`.
final class TestNameServer: Sendable {
    let port: Int
    private let descriptor: CInt

    init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
        guard let port = LoopbackSocket.bind(descriptor) else {
            close(descriptor)
            throw ProcessNotStarted(description: "no free port: \(errno)")
        }
        self.port = port
        Thread.detachNewThread { [descriptor] in
            Self.serve(descriptor)
            close(descriptor)
        }
    }

    /// Has the thread end, which closes the socket.
    deinit { shutdown(descriptor, Int32(SHUT_RDWR)) }

    private static func serve(_ descriptor: CInt) {
        var query = [UInt8](repeating: 0, count: 512)
        while true {
            var sender = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            withUnsafeMutablePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    let count = recvfrom(descriptor, &query, query.count, 0, address, &length)
                    guard count > 0, let reply = reply(to: Array(query[..<count])) else { return }
                    sendto(descriptor, reply, reply.count, 0, address, length)
                }
            }
            guard length > 0 else { return }
        }
    }

    private static func reply(to query: [UInt8]) -> [UInt8]? {
        // One question: labels, an empty one, type and class.
        guard query.count > 16, let end = query[12...].firstIndex(of: 0), query.count >= end + 5 else { return nil }
        let question = query[12..<end + 5]
        let isUnknown = query[12..<end].suffix(7).elementsEqual("invalid".utf8)
        let hasAnswer = !isUnknown && query[end + 1] == 0 && query[end + 2] == 1
        let flags: [UInt8] = [0x81, isUnknown ? 0x83 : 0x80]
        var reply = query[..<2] + flags + [0, 1, 0, hasAnswer ? 1 : 0, 0, 0, 0, 0] + question
        if hasAnswer { reply += [0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1] }
        return Array(reply)
    }
}
