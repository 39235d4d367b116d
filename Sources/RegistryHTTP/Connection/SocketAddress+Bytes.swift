//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

extension SocketAddress {
    /// The address of IPv4 as a number; nil for any other.
    var ipv4: UInt32? {
        guard case .v4(let address) = self else { return nil }
        // Behind the family and the port, two bytes each (sockaddr_in, ip(7)).
        return withUnsafeBytes(of: address.address) {
            UInt32(bigEndian: $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
        }
    }

    /// The halves of the address of IPv6 as numbers; nil for any other.
    var ipv6: (high: UInt64, low: UInt64)? {
        guard case .v6(let address) = self else { return nil }
        // Behind the family, the port and the flow, two, two and four bytes (sockaddr_in6, ipv6(7)).
        return withUnsafeBytes(of: address.address) { bytes in
            (
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            )
        }
    }
}
