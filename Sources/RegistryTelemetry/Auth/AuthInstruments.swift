//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The metrics of authentication and authorization.
package final class AuthInstruments: Sendable {
    /// Decisions about requests.
    package let decisions = Labelled(AuthScheme.self) { _ in
        Labelled(AuthResult.self) { _ in Labelled(AuthReason.self) { _ in Counter() } }
    }
    /// Time that a thread took to hash a password.
    package let passwordChecks = Histogram(.stage)
    /// Passwords that wait for a thread, or have one.
    package let passwordQueue = Gauge()
    package let cache = Labelled(AuthCacheResult.self) { _ in Counter() }

    package init() {}

    var families: [MetricFamily] {
        [
            MetricFamily(
                "registry_auth_decisions_total",
                "Decisions whether a client may do what it asks for, by what came of it and why.",
                labels: ["scheme", "result", "reason"],
                decisions
            ),
            MetricFamily(
                "registry_auth_password_check_seconds",
                "Time to verify a password with bcrypt, without waiting for a thread.",
                passwordChecks
            ),
            MetricFamily(
                "registry_auth_password_checks_pending",
                "Passwords that are being verified, or wait for it.",
                passwordQueue
            ),
            MetricFamily(
                "registry_auth_cache_requests_total",
                "Questions to the cache of verified passwords and tokens.",
                labels: ["result"],
                cache,
                isZeroInitialised: true
            ),
        ]
    }
}
