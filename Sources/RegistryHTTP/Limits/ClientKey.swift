//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Who counts as one client: an IPv4 address, the 64 bits of an IPv6 address that a network gives a subscriber, or a user.
///
/// Addresses and users are counted in tables of their own.
struct ClientKey: Hashable, Sendable {
    let value: UInt64

    init(value: UInt64) { self.value = value }

    /// - Parameter user: a name, of which a hash is kept: with a key drawn at the start of the process, so that nobody can
    ///   choose a name that counts as another's.
    init(user: String) {
        var hasher = Hasher()
        hasher.combine(user)
        self.init(value: UInt64(bitPattern: Int64(hasher.finalize())))
    }

    /// - Parameter address: of the peer; those of a Unix socket are one client.
    init(_ address: SocketAddress?) {
        if let ipv4 = address?.ipv4 {
            self.init(ipv4: ipv4)
        } else if let (high, low) = address?.ipv6 {
            // A listener of both families sees IPv4 clients like this (RFC 4291 §2.5.5.2).
            let isMapped = high == 0 && low >> 32 == 0xffff
            self = isMapped ? ClientKey(ipv4: UInt32(truncatingIfNeeded: low)) : ClientKey(value: high)
        } else {
            self.init(value: 0)
        }
    }

    private init(ipv4: UInt32) {
        // Beside all networks of IPv6 that are in use.
        self.init(value: 0xffff_ffff << 32 | UInt64(ipv4))
    }
}
