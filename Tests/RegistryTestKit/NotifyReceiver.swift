//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
package import RegistryTelemetry
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// A service manager's end of sd_notify(3), of a test's own.
package final class NotifyReceiver: Sendable {
    /// For `NOTIFY_SOCKET`.
    package let name: String
    private let folder: TemporaryFolder
    private let descriptor: CInt
    private let received = Mutex<[(text: String, time: MonotonicTime)]>([])

    /// - Parameter isAbstract: no file stands for the socket.
    package init(isAbstract: Bool = false) throws {
        folder = try TemporaryFolder()
        name = isAbstract ? "@plimsoll-test-\(UUID().uuidString)" : folder.path + "/notify"
        let address = isAbstract ? UnixAddress(abstract: String(name.dropFirst())) : UnixAddress(path: name)
        guard let address else { throw ProcessNotStarted(description: "\(name): too long for a socket") }
        let end = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptor = end
        guard address.withSocketAddress({ bind(end, $0, $1) }) == 0 else {
            throw ProcessNotStarted(description: "\(name): \(errno)")
        }
        Thread.detachNewThread { [weak self] in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = recv(end, &buffer, buffer.count, 0)
                // An empty datagram is the end's own.
                guard count > 0 else { break }
                self?.take(String(decoding: buffer[..<count], as: UTF8.self))
            }
            close(end)
        }
    }

    private func take(_ text: String) { received.withLock { $0.append((text, .now)) } }

    deinit { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// The datagrams so far.
    package var datagrams: [String] { received.withLock { $0.map(\.text) } }

    /// When the last datagram came that has a text in it; nil if none did.
    package func lastTime(of text: String) -> MonotonicTime? {
        received.withLock { $0.last { $0.text.contains(text) }?.time }
    }

    /// When the first one came after a moment.
    package func firstTime(of text: String, after moment: MonotonicTime) -> MonotonicTime? {
        received.withLock { $0.first { $0.time > moment && $0.text.contains(text) }?.time }
    }

    /// The datagrams so far that have a line.
    package func count(of line: String) -> Int {
        datagrams.count { $0.split(separator: "\n").contains(line[...]) }
    }

    /// The last status that was told.
    package var status: String? {
        datagrams.flatMap { $0.split(separator: "\n") }.last { $0.hasPrefix("STATUS=") }.map { String($0.dropFirst(7)) }
    }
}
