//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How to wait for a journal that has taken in all it has room for.
///
/// Its socket holds few datagrams, 10 where nobody set net.unix.max_dgram_qlen. Who waits with poll(2) is woken for each that
/// is taken, and two threads change places for every datagram. Sleeping until several are taken costs a fraction of that.
struct JournalPacing {
    /// Datagrams that were sent since the socket was full.
    private var count = 0
    private var sleep = Self.shortest

    // In microseconds.
    private static let shortest: UInt32 = 100
    private static let longest: UInt32 = 3_200
    /// A sleep is as it should be when this many datagrams found room after it.
    private static let few = 4
    private static let many = 8

    enum Wait: Equatable {
        case sleep(microseconds: UInt32)
        /// The journal took nothing meanwhile: it is slow, or stopped, and poll(2) tells when it goes on.
        case poll
    }

    /// The socket took a datagram.
    mutating func sent() { count += 1 }

    /// The socket has no room.
    mutating func full() -> Wait {
        defer { count = 0 }
        switch count {
        case 0: return .poll
        case ..<Self.few: sleep = min(2 * sleep, Self.longest)
        case Self.many...: sleep = max(sleep / 2, Self.shortest)
        default: break
        }
        return .sleep(microseconds: sleep)
    }
}
