//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
import RegistryTelemetry
import Synchronization

/// Keeps what is used and what is removed apart, at the cost of a lookup in memory.
///
/// Whoever is going to rely on content says so before looking whether it is there (`use`). A collection begins with what
/// was used in the last minutes and hears of all use since; it claims what it is about to remove, which is refused for what
/// was used, and who wants to use what is claimed waits until it is gone. So no order of steps makes something link to
/// content that has just been removed.
///
/// Digests and names are kept as hashes of 64 bits: where two meet, more is spared than need be.
package final class UseGuard: Sendable {
    private let state: Mutex<State>

    private struct State {
        /// What was used lately: in this period, and in the one before.
        var recent: Set<UInt64> = []
        var earlier: Set<UInt64> = []
        var turned: MonotonicTime
        let period: Duration
        /// What was used since the collection that runs has begun; nil while none does.
        var used: Set<UInt64>?
        /// What is being removed, and who waits for that.
        var claimed: [UInt64: [CheckedContinuation<Void, Never>]] = [:]
        /// How many changes under way rely on each repository and each piece of content.
        var inside: [UInt64: Int] = [:]
        /// Who waits until there are none.
        var outside: [UInt64: [CheckedContinuation<Void, Never>]] = [:]

        mutating func note(_ keys: some Sequence<UInt64>) {
            if recent.count >= UseGuard.maximumRecent || .now - turned > period {
                earlier = recent
                recent = []
                turned = .now
            }
            for key in keys {
                recent.insert(key)
                used?.insert(key)
            }
        }

        func blocker(_ keys: [UInt64]) -> UInt64? {
            claimed.isEmpty ? nil : keys.first { claimed[$0] != nil }
        }
    }

    /// What is kept of a period, which ends early when there is more.
    private static let maximumRecent = 1 << 18

    /// - Parameter period: how long at least it is remembered what was used: longer than most clients need from asking for a
    ///   blob to pushing the manifest.
    package init(period: Duration = .seconds(15 * 60)) { self.state = Mutex(State(turned: .now, period: period)) }

    // MARK: Those who use

    /// Says that somebody relies on content from now on, and waits where it is being removed: then look whether it is there.
    package func use(_ digests: [Digest]) async {
        let keys = digests.map(Self.key)
        while let blocker = state.withLock({ state in
            state.note(keys)
            return state.blocker(keys)
        }) {
            await wait(for: blocker)
        }
    }

    /// As `use`, for a change that looks whether content is there and links to it; moreover neither content nor repository is
    /// removed before `leave`, which must follow.
    func enter(_ name: RepositoryName, _ digests: [Digest]) async {
        let key = Self.key(name)
        let keys = [key] + digests.map(Self.key)
        while let blocker = state.withLock({ state in
            state.note(keys)
            let blocker = state.blocker(keys)
            if blocker == nil { for key in keys { state.inside[key, default: 0] += 1 } }
            return blocker
        }) {
            await wait(for: blocker)
        }
    }

    func leave(_ name: RepositoryName, _ digests: [Digest]) {
        let key = Self.key(name)
        let keys = [key] + digests.map(Self.key)
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            for key in keys {
                guard let count = state.inside[key] else { continue }
                state.inside[key] = count > 1 ? count - 1 : nil
            }
            return state.inside[key] == nil ? state.outside.removeValue(forKey: key) ?? [] : []
        }
        for continuation in waiting { continuation.resume() }
    }

    private func wait(for key: UInt64) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.claimed[key] != nil else { return true }
                state.claimed[key]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    // MARK: The one who removes

    /// Whether a collection runs.
    package var isCollecting: Bool { state.withLock { $0.used != nil } }

    /// A collection begins: what is found unused from now on, and is not used until it is claimed, may go.
    /// - Parameter sparesRecent: whether what was used in the last minutes stays too; what changes under way rely on always
    ///   does.
    package func beginCollection(sparesRecent: Bool = true) {
        state.withLock { state in
            var used = Set(state.inside.keys)
            if sparesRecent { used.formUnion(state.recent.union(state.earlier)) }
            state.used = used
        }
    }

    package func endCollection() { state.withLock { $0.used = nil } }

    /// Claims content for removal; `release` must follow for what was claimed.
    /// - Returns: what was claimed: not what was used, and not what another has claimed.
    package func claim(_ digests: [Digest]) -> [Digest] {
        state.withLock { state in
            digests.filter { digest in
                let key = Self.key(digest)
                // Twice in one call, it is claimed once.
                guard state.used?.contains(key) != true, state.claimed[key] == nil else { return false }
                state.claimed[key] = []
                return true
            }
        }
    }

    /// Whether content was used since the collection began.
    package func isUsed(_ digest: Digest) -> Bool { state.withLock { $0.used?.contains(Self.key(digest)) == true } }

    package func release(_ digests: [Digest]) { release(digests.map(Self.key)) }

    /// Claims a repository for removal, unless it was used; `release` must follow.
    package func claim(_ name: RepositoryName) -> Bool {
        state.withLock { state in
            let key = Self.key(name)
            guard state.used?.contains(key) != true, state.claimed[key] == nil, state.inside[key] == nil else {
                return false
            }
            state.claimed[key] = []
            return true
        }
    }

    /// Claims a repository, whether it was used or not, and waits until no change is under way in it; `release` must
    /// follow.
    package func seize(_ name: RepositoryName) async {
        let key = Self.key(name)
        while !state.withLock({ state in
            guard state.claimed[key] == nil else { return false }
            state.claimed[key] = []
            return true
        }) {
            await wait(for: key)
        }
        await withCheckedContinuation { continuation in
            let isEmpty = state.withLock { state in
                guard state.inside[key] != nil else { return true }
                state.outside[key, default: []].append(continuation)
                return false
            }
            if isEmpty { continuation.resume() }
        }
    }

    package func release(_ name: RepositoryName) { release([Self.key(name)]) }

    private func release(_ keys: [UInt64]) {
        let waiting = state.withLock { state in keys.flatMap { state.claimed.removeValue(forKey: $0) ?? [] } }
        for continuation in waiting { continuation.resume() }
    }

    // MARK: Keys

    /// The beginning of the hash, which is evenly spread.
    private static func key(_ digest: Digest) -> UInt64 {
        digest.hex.utf8.prefix(16).reduce(0) { key, character in
            let nibble = character < UInt8(ascii: "a") ? character &- UInt8(ascii: "0") : character &- 87
            return key << 4 | UInt64(nibble)
        }
    }

    /// FNV-1a.
    private static func key(_ name: RepositoryName) -> UInt64 {
        name.description.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}

extension StoreContext {
    /// Makes a change of a repository that relies on content: neither is removed before it is over.
    func using<Output>(
        _ name: RepositoryName,
        _ digests: [Digest],
        _ body: () async throws(RegistryError) -> Output
    ) async throws(RegistryError) -> Output {
        await uses.enter(name, digests)
        defer { uses.leave(name, digests) }
        return try await body()
    }
}
