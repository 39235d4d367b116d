//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryTelemetry
import Synchronization

/// What was found out about credentials, by a keyed digest of them: nothing of a password or a token is kept.
///
/// The key of the digest is drawn by chance at the start of the process, so that an entry tells nothing elsewhere either.
final class CredentialCache<Value: Sendable>: Sendable {
    /// Stands for credentials.
    struct Key: Hashable, Sendable {
        fileprivate var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

        static func == (left: Key, right: Key) -> Bool { left.words == right.words }

        /// A part of a keyed digest is as good a hash as any.
        func hash(into hasher: inout Hasher) { hasher.combine(words.0) }
    }

    private struct Entry {
        let value: Value
        let expiry: MonotonicTime
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        /// How often all was forgotten.
        var generation = 0
    }

    private let secret: [UInt8]
    private let maximumEntries: Int
    private let state = Mutex(State())

    init(maximumEntries: Int = 4096) {
        var generator = SystemRandomNumberGenerator()
        self.secret = (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        self.maximumEntries = maximumEntries
    }

    /// The key of an `Authorization` header.
    func key(of header: String) -> Key {
        var (key, header) = (Key(), header)
        header.withUTF8 { bytes in
            withUnsafeMutableBytes(of: &key.words) { mac in
                guard let start = mac.bindMemory(to: UInt8.self).baseAddress else { return }
                plimsoll_hmac_sha256(secret, secret.count, bytes.baseAddress, bytes.count, start)
            }
        }
        return key
    }

    subscript(_ key: Key) -> Value? {
        state.withLock { state in
            guard let entry = state.entries[key] else { return nil }
            guard entry.expiry > .now else {
                state.entries[key] = nil
                return nil
            }
            return entry.value
        }
    }

    /// What ``insert(_:for:lifetime:since:)`` wants to know, to be asked before anything is found out.
    var generation: Int { state.withLock { $0.generation } }

    /// Keeps a value for a time, unless all was forgotten since it began to be found out.
    func insert(_ value: Value, for key: Key, lifetime: Duration, since generation: Int) {
        let now = MonotonicTime.now
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.entries.count >= maximumEntries {
                state.entries = state.entries.filter { $0.value.expiry > now }
                // All are good: any may go, and a dictionary's order is by chance.
                if state.entries.count >= maximumEntries, let first = state.entries.keys.first {
                    state.entries[first] = nil
                }
            }
            state.entries[key] = Entry(value: value, expiry: now + lifetime)
        }
    }

    /// Forgets all, since what it was found out by has changed.
    func removeAll() {
        state.withLock { state in
            state.entries = [:]
            state.generation += 1
        }
    }

    var count: Int { state.withLock { $0.entries.count } }
}
