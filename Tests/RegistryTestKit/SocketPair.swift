//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Two connected sockets: what goes into one comes out of the other.
package struct SocketPair {
    package let near: CInt
    private let far: CInt

    package init() throws {
        var descriptors: [CInt] = [0, 0]
        guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &descriptors) == 0 else {
            throw SocketPairError(number: errno)
        }
        (near, far) = (descriptors[0], descriptors[1])
    }

    /// What has arrived at the far end, at most so many bytes.
    package func received(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: max(1, count))
        var done = 0
        while done < count {
            let got = bytes.withUnsafeMutableBytes {
                recv(far, $0.baseAddress.map { $0 + done }, count - done, CInt(MSG_DONTWAIT))
            }
            guard got > 0 else { break }
            done += got
        }
        return Array(bytes[..<done])
    }

    package func closeFar() { shutdown(far, CInt(SHUT_RDWR)) }

    package func close() {
        Glibc.close(near)
        Glibc.close(far)
    }
}

struct SocketPairError: Error {
    let number: CInt
}
