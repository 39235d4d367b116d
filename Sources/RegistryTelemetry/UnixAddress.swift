//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import Glibc

/// The address of a Unix socket, as unix(7) describes it.
package struct UnixAddress: Sendable {
    private var storage = sockaddr_un()
    private let length: socklen_t

    /// Of a socket that is a file.
    /// - Returns: nil where the path has more than 107 bytes.
    package init?(path: String) {
        self.init(bytes: Array(path.utf8) + [0])
    }

    /// Of a socket that has a name and no file.
    /// - Returns: nil where the name has more than 107 bytes.
    package init?(abstract name: String) {
        // The name has no end but the address' length.
        self.init(bytes: [0] + Array(name.utf8))
    }

    private init?(bytes: [UInt8]) {
        guard bytes.count <= MemoryLayout.size(ofValue: storage.sun_path) else { return nil }
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        storage.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &storage.sun_path) { $0.copyBytes(from: bytes) }
    }

    /// For the calls that take an address, such as connect(2).
    package func withSocketAddress<Output>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Output) -> Output {
        withUnsafePointer(to: storage) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
