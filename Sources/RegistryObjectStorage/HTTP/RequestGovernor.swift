//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryTelemetry
import Synchronization

/// Makes requests again where that is of use, and tells of each: one for all requests to a store.
///
/// Pauses double and are drawn at random up to their length, so that many who failed together do not come again together.
/// A budget bounds what all requests may cost beside their first tries: a store that fails for everybody is not asked
/// several times as often for that.
package final class RequestGovernor: Sendable {
    package struct Policy: Sendable, Equatable {
        /// The most tries of a request, at least 1.
        package var tries = 6
        package var firstPause = Duration.milliseconds(100)
        package var longestPause = Duration.seconds(5)
        /// A store that wants to be left alone for longer is taken to fail.
        package var longestRetryAfter = Duration.seconds(30)
        package var budget = RetryBudget()

        package init() {}
    }

    package let policy: Policy
    private let driver: String
    private let instruments: BackendInstruments
    private let budget: Mutex<RetryBudget>

    package init(_ policy: Policy = Policy(), driver: String, _ instruments: BackendInstruments) {
        self.policy = policy
        self.driver = driver
        self.instruments = instruments
        self.budget = Mutex(policy.budget)
    }

    /// Makes a request until it succeeds, fails for good, or has been tried often enough.
    /// - Parameter attempt: makes it once, and hands on what it is given to what it sends.
    package func run<Output: Sendable>(
        _ request: BackendRequest,
        _ attempt: (BackendTry) async throws(ObjectStoreError) -> Output
    ) async throws(ObjectStoreError) -> Output {
        var number = 0
        // Of those after which secrets or clock were put right, so that it does not matter what went wrong before.
        var amends = 0
        while true {
            let start = MonotonicTime.now
            let this = BackendTry(number, of: request)
            do {
                let output = try await attempt(this)
                note(request, start, this, nil)
                if number == 0 { budget.withLock { $0.deposit() } }
                return output
            } catch {
                note(request, start, this, error)
                let isAmended = error.trouble?.isAmended ?? false
                try await pause(after: error, isAmended ? amends : number)
                amends += isAmended ? 1 : 0
                number += 1
            }
        }
    }

    /// Takes in whole what a reading brings; one that breaks off is begun again.
    /// - Parameter begin: a request that has been made as often as is of use.
    func collect(_ begin: @Sendable () async throws(ObjectStoreError) -> ObjectReading) async throws(ObjectStoreError)
        -> ByteBuffer
    {
        var failures = 0
        while true {
            let stream = try await begin().stream
            do throws(ObjectStoreError) { return try await stream.collect() } catch {
                try await pause(after: error, failures)
                failures += 1
            }
        }
    }

    /// Waits before another try.
    /// - Parameter number: of tries before the one that failed.
    /// - Throws: the error, where there is to be none.
    package func pause(after error: ObjectStoreError, _ number: Int) async throws(ObjectStoreError) {
        guard let trouble = error.trouble else { throw error }
        if trouble == .tooManyRequests { instruments.rateLimited.add() }
        guard !Task.isCancelled, let pause = pause(trouble, number, error.retryAfter) else {
            instruments.failures[trouble].add()
            throw error
        }
        instruments.retries[trouble].add()
        instruments.retryTypes[.custom].add()
        guard pause > .zero else { return }
        do { try await Task.sleep(for: pause) } catch { throw ObjectStoreError(.cancelled) }
    }

    private func pause(_ trouble: BackendTrouble, _ number: Int, _ wanted: Duration?) -> Duration? {
        switch trouble {
        case .clockSkew, .credentials:
            return number == 0 ? .zero : nil
        case .tooManyRequests, .slowDown, .serverError, .timeout, .connection, .wrongLength:
            guard number + 1 < policy.tries else { return nil }
            if let wanted, wanted > policy.longestRetryAfter { return nil }
            guard budget.withLock({ $0.withdraw() }) else { return nil }
            let longest = min(policy.firstPause * (1 << min(number, 16)), policy.longestPause)
            return max(longest * Double.random(in: 0...1), wanted ?? .zero)
        }
    }

    private func note(
        _ request: BackendRequest,
        _ start: MonotonicTime,
        _ attempt: BackendTry,
        _ error: ObjectStoreError?
    ) {
        instruments.requests[request].record(.now - start)
        attempt.end(driver: driver, error)
    }
}

extension BackendTrouble {
    /// Whether what was wrong is put right before another try, or cannot be.
    fileprivate var isAmended: Bool { self == .clockSkew || self == .credentials }
}

extension ObjectStoreError: SpanOutcomeProviding {
    package var spanOutcome: SpanOutcome {
        switch code {
        case .notFound: .refused(code: "not_found")
        case .preconditionFailed: .refused(code: "precondition_failed")
        case .invalidRange: .refused(code: "invalid_range")
        case .tooLarge: .refused(code: "too_large")
        case .denied: .failed(code: "denied")
        case .noSpace: .failed(code: "no_space")
        case .transient(let trouble): .failed(code: trouble.rawValue)
        case .cancelled: .failed(code: "cancelled")
        case .failed: .failed(code: "failed")
        }
    }
}
