//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
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
    private let received = Mutex<[String]>([])

    /// - Parameter isAbstract: no file stands for the socket.
    package init(isAbstract: Bool = false) throws {
        folder = try TemporaryFolder()
        name = isAbstract ? "@plimsoll-test-\(UUID().uuidString)" : folder.path + "/notify"
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let end = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptor = end
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(end, $0, length) }
        }
        guard result == 0 else { throw ProcessNotStarted(description: "\(name): \(errno)") }
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

    private func take(_ text: String) { received.withLock { $0.append(text) } }

    deinit { shutdown(descriptor, CInt(SHUT_RDWR)) }

    /// The datagrams so far.
    package var datagrams: [String] { received.withLock { $0 } }

    /// The datagrams so far that have a line.
    package func count(of line: String) -> Int {
        datagrams.count { $0.split(separator: "\n").contains(line[...]) }
    }

    /// The last status that was told.
    package var status: String? {
        datagrams.flatMap { $0.split(separator: "\n") }.last { $0.hasPrefix("STATUS=") }.map { String($0.dropFirst(7)) }
    }
}
