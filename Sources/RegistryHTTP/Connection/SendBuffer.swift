//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// How much of a large body waits in the kernel for its client.
enum SendBuffer {
    /// Asked of the kernel, which takes twice as much to have room for its own bookkeeping (socket(7)).
    private static let nearbyBytes: CInt = 512 << 10
    /// A buffer of `nearbyBytes` carries at least half a gigabyte a second over it.
    private static let nearbyRoundTrip: UInt32 = 1_000

    /// Gives a TCP socket a small send buffer where its client is near.
    ///
    /// Left alone, the kernel lets megabytes wait for each client (tcp_wmem in tcp(7)), which leave the processor's cache
    /// before they are sent: for clients nearby that costs a third of the CPU of a large pull. Far clients need a buffer of
    /// bandwidth times round trip, and keep the kernel's own choice.
    static func fit(_ socket: CInt) {
        var info = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        // Fails for a Unix socket, which needs none of this.
        guard getsockopt(socket, CInt(IPPROTO_TCP), TCP_INFO, &info, &length) == 0,
            info.tcpi_rtt < nearbyRoundTrip
        else { return }
        var bytes = nearbyBytes
        setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }
}
