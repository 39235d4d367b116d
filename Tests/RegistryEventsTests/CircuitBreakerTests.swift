//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryEvents

@Suite("The circuit breaker of an endpoint")
struct CircuitBreakerTests {
    private let breaker = Subject(threshold: 3, backoff: .seconds(1))

    private func fail(at now: Duration, retryAfter: Duration? = nil, jitter: Double = 1) -> CircuitBreaker.Change? {
        #expect(breaker.permission(at: now) == .granted)
        breaker.begin()
        return breaker.fail(at: now, retryAfter: retryAfter, jitter: jitter)
    }

    @Test("opens after as many failures in a row as its threshold")
    func opens() {
        #expect(fail(at: .zero) == nil)
        #expect(fail(at: .zero) == nil)
        #expect(breaker.state == .closed)
        #expect(fail(at: .zero) == .opened)
        #expect(breaker.state == .open)
        #expect(breaker.permission(at: .milliseconds(1999)) == .denied(until: .seconds(2)))
    }

    @Test("a success in between counts anew")
    func success() {
        _ = fail(at: .zero)
        _ = fail(at: .zero)
        #expect(breaker.succeed() == nil)
        #expect(fail(at: .zero) == nil)
        #expect(fail(at: .zero) == nil)
        #expect(fail(at: .zero) == .opened)
    }

    @Test("half open lets one request through, and closes when that is taken")
    func probe() {
        for _ in 0..<3 { _ = fail(at: .zero) }
        #expect(breaker.permission(at: .seconds(2)) == .granted)
        #expect(breaker.state == .halfOpen)
        breaker.begin()
        #expect(breaker.permission(at: .seconds(2)) == .denied(until: nil))
        #expect(breaker.succeed() == .closed)
        #expect(breaker.state == .closed)
        #expect(breaker.permission(at: .seconds(2)) == .granted)
    }

    @Test("pauses double up to a minute, are never shorter than backoff, and are told of once")
    func pauses() {
        for _ in 0..<3 { _ = fail(at: .zero) }
        var now = Duration.zero
        var pauses: [Duration] = []
        for _ in 0..<8 {
            guard case .denied(let until?) = breaker.permission(at: now) else {
                Issue.record("not open")
                return
            }
            pauses.append(until - now)
            now = until
            #expect(fail(at: now) == nil)
        }
        #expect(pauses == [2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        let lucky = Subject(threshold: 1, backoff: .seconds(5))
        #expect(lucky.fail(at: .zero, retryAfter: nil, jitter: 0) == .opened)
        #expect(lucky.notBefore == .seconds(5))
    }

    @Test("what the endpoint asks for is followed, up to an hour")
    func retryAfter() {
        #expect(fail(at: .zero, retryAfter: .seconds(30)) == nil)
        #expect(breaker.state == .closed)
        #expect(breaker.permission(at: .seconds(29)) == .denied(until: .seconds(30)))
        #expect(breaker.permission(at: .seconds(30)) == .granted)
        #expect(fail(at: .seconds(30), retryAfter: .seconds(1 << 30)) == nil)
        #expect(breaker.notBefore == .seconds(30 + 3600))
    }

    @Test("answers to requests made before it opened do not prolong its pause")
    func late() {
        for _ in 0..<3 { _ = fail(at: .zero) }
        #expect(breaker.fail(at: .seconds(1), retryAfter: nil, jitter: 1) == nil)
        #expect(breaker.notBefore == .seconds(2))
        #expect(breaker.succeed() == .closed)
    }

    @Test("waiting is by chance, below a bound that doubles")
    func backoff() {
        let delays = (1...6).map {
            Backoff.delay(after: $0, first: .milliseconds(250), longest: .seconds(4), jitter: 1)
        }
        #expect(delays == [250, 500, 1000, 2000, 4000, 4000].map { .milliseconds($0) })
        #expect(Backoff.delay(after: 3, first: .seconds(1), longest: .seconds(60), jitter: 0.25) == .seconds(1))
        #expect(Backoff.delay(after: 1 << 40, first: .seconds(1), longest: .seconds(60), jitter: 1) == .seconds(60))
    }
}

/// The state machine behind a reference, so that expectations can be about what changes it.
private final class Subject {
    private var breaker: CircuitBreaker

    init(threshold: Int, backoff: Duration) { breaker = CircuitBreaker(threshold: threshold, backoff: backoff) }

    var state: BreakerState { breaker.state }
    var notBefore: Duration? { breaker.notBefore }

    func permission(at now: Duration) -> CircuitBreaker.Permission { breaker.permission(at: now) }
    func begin() { breaker.begin() }
    func succeed() -> CircuitBreaker.Change? { breaker.succeed() }

    func fail(at now: Duration, retryAfter: Duration?, jitter: Double) -> CircuitBreaker.Change? {
        breaker.fail(at: now, retryAfter: retryAfter, jitter: jitter)
    }
}
