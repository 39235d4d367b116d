//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A port of the loopback address that nobody else gets while a test keeps it, for programs that cannot tell which free port
/// they took.
///
/// The socket is bound and does not listen, so that another one with SO_REUSEADDR may be bound beside it, and the kernel
/// gives its port to nobody who asks for any (socket(7)).
package final class ReservedPort: Sendable {
    package let number: Int
    private let descriptor: CInt

    package init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var isReused: CInt = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isReused, socklen_t(MemoryLayout<CInt>.size))
        guard let number = LoopbackSocket.bind(descriptor) else {
            close(descriptor)
            throw ProcessNotStarted(description: "no free port: \(errno)")
        }
        self.number = number
    }

    deinit { close(descriptor) }
}

/// Sockets of the loopback address.
package enum LoopbackSocket {
    /// Binds a socket to a free port.
    /// - Returns: the port; nil on failure.
    package static func bind(_ descriptor: CInt) -> Int? {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                guard Glibc.bind(descriptor, generic, length) == 0, getsockname(descriptor, generic, &length) == 0
                else {
                    return false
                }
                return true
            }
        } ? Int(UInt16(bigEndian: address.sin_port)) : nil
    }
}
