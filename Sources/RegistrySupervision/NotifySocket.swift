//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

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
        guard let address = UnixAddress(path) else { return nil }
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

/// The address of a Unix socket, in the file system or abstract.
private struct UnixAddress: Sendable {
    private var storage = sockaddr_un()
    private let length: socklen_t

    init?(_ path: String) {
        var bytes = Array(path.utf8)
        guard bytes.count > 1, bytes.count < MemoryLayout.size(ofValue: storage.sun_path) else { return nil }
        switch bytes[0] {
        case UInt8(ascii: "/"): bytes.append(0)
        case UInt8(ascii: "@"): bytes[0] = 0
        default: return nil
        }
        // An abstract name has no end but the address' length.
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: bytes) }
    }

    func withSocketAddress<Output>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Output) -> Output {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
