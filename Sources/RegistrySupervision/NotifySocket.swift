//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryTelemetry

/// Tells a service manager how the server is, by the datagrams of sd_notify(3).
///
/// A manager that does not take a datagram never holds the server up: a send that would wait is tried again a few times,
/// then given up.
package struct NotifySocket: Sendable {
    private let address: UnixAddress

    /// The socket that a manager named.
    /// - Parameter path: the value of `NOTIFY_SOCKET`: a path, or `@` and the name of an abstract socket.
    /// - Returns: nil if it is nothing that sd_notify(3) describes for a Unix socket.
    package init?(_ path: String) {
        guard path.utf8.count > 1 else { return nil }
        let address =
            switch path.utf8.first {
            case UInt8(ascii: "/"): UnixAddress(path: path)
            case UInt8(ascii: "@"): UnixAddress(abstract: String(path.dropFirst()))
            default: UnixAddress?.none
            }
        guard let address else { return nil }
        self.address = address
    }

    /// Sends assignments as one datagram.
    /// - Returns: whether the manager has it.
    @discardableResult
    package func send(_ assignments: [Assignment]) async -> Bool {
        let text = assignments.map(\.line).joined(separator: "\n")
        for _ in 0..<Self.attempts {
            switch sendOnce(text) {
            case 0: return true
            // The manager is behind with reading.
            case EAGAIN, EINTR, ENOBUFS: try? await Task.sleep(for: Self.pause)
            default: return false
            }
        }
        return false
    }

    private static let attempts = 50
    private static let pause = Duration.milliseconds(100)

    /// - Returns: 0, or what errno(3) says.
    private func sendOnce(_ text: String) -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
        let sent = address.withSocketAddress { sendto(descriptor, bytes, bytes.count, flags, $0, $1) }
        return sent == bytes.count ? 0 : errno
    }
}
