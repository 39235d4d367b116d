//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTelemetry
import Synchronization

/// What links said a moment ago.
///
/// Only links that are there are kept: what a client has just pushed to another server is found at once. A read that was
/// under way while this server changed the link is not kept, and nobody joins it who came after the change.
final class RecentLinks: Sendable {
    private let freshness: LinkFreshness
    private let now: @Sendable () -> MonotonicTime
    private let state: Mutex<State>

    private static let mostEntries = 65_536
    private static let stripes = 256

    private struct State {
        let entries = BoundedCache<StoragePath, Entry>(maximumEntries: RecentLinks.mostEntries, maximumBytes: .max)
        /// Counts what was removed: any link may have been below it.
        var removals: UInt64 = 0
        /// Count what was written, by path.
        var writes = [UInt64](repeating: 0, count: RecentLinks.stripes)
    }

    private struct Entry {
        let bytes: ByteBuffer
        let time: MonotonicTime
        let ticket: Ticket
    }

    /// How often a link may have been changed.
    struct Ticket: Hashable, Sendable {
        fileprivate let removals: UInt64
        fileprivate let writes: UInt64
    }

    init(_ freshness: LinkFreshness, now: @escaping @Sendable () -> MonotonicTime = { .now }) {
        self.freshness = freshness
        self.now = now
        self.state = Mutex(State())
    }

    private static func stripe(_ path: StoragePath) -> Int { Int(UInt(bitPattern: path.hashValue) % UInt(stripes)) }

    /// Where a read of a link stands among the changes; taken before the read.
    func ticket(_ path: StoragePath) -> Ticket {
        state.withLock { Ticket(removals: $0.removals, writes: $0.writes[Self.stripe(path)]) }
    }

    /// What a link has said within its time.
    subscript(_ path: StoragePath) -> ByteBuffer? {
        let time = freshness.time(path)
        guard time > .zero else { return nil }
        return state.withLock { state in
            guard let entry = state.entries[path], entry.ticket.removals == state.removals,
                now() - entry.time < time
            else { return nil }
            return entry.bytes
        }
    }

    /// Keeps what was read, unless it may have been changed since.
    /// - Parameter time: when the read began.
    func keep(_ bytes: ByteBuffer, of path: StoragePath, _ ticket: Ticket, readAt time: MonotonicTime) {
        state.withLock { state in
            guard ticket.removals == state.removals, ticket.writes == state.writes[Self.stripe(path)] else { return }
            state.entries.insert(Entry(bytes: bytes, time: time, ticket: ticket), for: path, bytes: 0)
        }
    }

    /// This server has written a link.
    func wrote(_ bytes: ByteBuffer, to path: StoragePath) {
        state.withLock { state in
            let stripe = Self.stripe(path)
            state.writes[stripe] += 1
            let ticket = Ticket(removals: state.removals, writes: state.writes[stripe])
            state.entries.insert(Entry(bytes: bytes, time: now(), ticket: ticket), for: path, bytes: 0)
        }
    }

    /// This server has removed, moved or tried to write something: nothing that is known holds any more.
    func forget() { state.withLock { $0.removals += 1 } }
}
