//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// How it is with an endpoint, for people.
package struct EndpointStatus: Sendable {
    package let name: String
    /// Without the query, which may hold a secret.
    package let address: String
    package let form: EventForm
    package let isSigned: Bool
    package let breaker: BreakerState
    /// In a row.
    package let failures: Int
    /// What was said last where it did not take events, and when.
    package let lastFailure: (cause: String, time: WallTime)?
    /// As of the last two seconds.
    package let pending: Int64
    package let bytes: Int64
    package let deadLetters: Int64
    /// When the oldest event that waits came; nil if none does.
    package let oldest: WallTime?
    /// Since the server started.
    package let delivered: Int64
    package let lost: Int64

    init(
        _ settings: EndpointSettings,
        _ breaker: CircuitBreaker,
        _ instruments: EndpointInstruments,
        isSigned: Bool,
        failure: (cause: String, time: WallTime)?
    ) {
        self.name = settings.name
        self.address = settings.shownAddress
        self.form = settings.form
        self.isSigned = isSigned
        self.breaker = breaker.state
        self.failures = breaker.failures
        self.lastFailure = failure
        self.pending = instruments.pending.value
        self.bytes = instruments.bytes.value
        self.deadLetters = instruments.deadLetters.value
        self.oldest = instruments.oldest.value > 0 ? WallTime(microseconds: instruments.oldest.value) : nil
        self.delivered = instruments.deliveries[.delivered].value
        self.lost = instruments.deliveries[.lost].value
    }
}
