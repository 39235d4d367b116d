//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Does a piece of work once for all who want it at the same time.
///
/// The first does it, within its own task; the others wait for what comes of it. If the first is cancelled, the next does
/// it again.
final class SingleFlight<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    /// Nil for work that was given up.
    private typealias Waiter = CheckedContinuation<Result<Value, StorageError>?, Never>

    /// What is under way, and who waits for it.
    private let flights = Mutex<[Key: [Waiter]]>([:])

    /// - Returns: the value, and whether another's work has brought it.
    func run(
        _ key: Key,
        _ work: () async throws(StorageError) -> Value
    ) async throws(StorageError) -> (value: Value, isShared: Bool) {
        while true {
            let isFirst = flights.withLock { flights in
                guard flights[key] == nil else { return false }
                flights[key] = []
                return true
            }
            if isFirst { return (try await fly(key, work), false) }
            let result = await withCheckedContinuation { (waiter: Waiter) in
                let waits = flights.withLock { flights in
                    guard flights[key] != nil else { return false }
                    flights[key]?.append(waiter)
                    return true
                }
                // It has landed since.
                if !waits { waiter.resume(returning: nil) }
            }
            if let result { return (try result.get(), true) }
        }
    }

    private func fly(_ key: Key, _ work: () async throws(StorageError) -> Value) async throws(StorageError) -> Value {
        let result: Result<Value, StorageError>
        var isGivenUp = false
        do throws(StorageError) {
            result = .success(try await work())
        } catch {
            result = .failure(error)
            isGivenUp = Task.isCancelled
        }
        let waiters = flights.withLock { $0.removeValue(forKey: key) ?? [] }
        for waiter in waiters { waiter.resume(returning: isGivenUp ? nil : result) }
        return try result.get()
    }

    /// Who waits for a piece of work; for tests.
    func waiting(for key: Key) -> Int { flights.withLock { $0[key]?.count ?? 0 } }
}
