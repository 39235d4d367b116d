//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Which troubles with a collector have been told of, so that each is told once and not with every batch.
///
/// A trouble is over when all was well for a while: a collector that fails now and then is in one trouble, not in many.
/// Times are told to it, on any one scale.
struct ExportTrouble: Sendable {
    private var failing = TroubleEpisode()
    private var partial = TroubleEpisode()

    /// What there is to tell after an attempt.
    mutating func event(
        after outcome: ExportSchedule.Outcome,
        at now: Duration,
        to address: String
    ) -> ServerEvent? {
        switch outcome {
        case .delivered(let rejected, let message):
            failing.calm(at: now)
            guard rejected > 0 else {
                partial.calm(at: now)
                _ = partial.end(at: now)
                return event(at: now, to: address)
            }
            guard partial.begin() else { return event(at: now, to: address) }
            return event(
                .traceExportPartial,
                address,
                [.init(.rejected, .number(Int64(rejected))), .init(.cause, .text(message))]
            )
        case .unavailable(let status, _): return fail("status \(status)", address)
        case .refused(let status, let message):
            return fail("status \(status)" + (message.isEmpty ? "" : ": \(message)"), address)
        case .unreachable(let cause): return fail(cause, address)
        }
    }

    /// What there is to tell when time has gone by.
    mutating func event(at now: Duration, to address: String) -> ServerEvent? {
        failing.end(at: now) ? event(.traceExportRecovered, address) : nil
    }

    private mutating func fail(_ cause: String, _ address: String) -> ServerEvent? {
        guard failing.begin() else { return nil }
        return event(.traceExportFailing, address, [.init(.cause, .text(cause))])
    }

    private func event(
        _ name: EventName,
        _ address: String,
        _ fields: [ServerEvent.Field] = []
    ) -> ServerEvent {
        ServerEvent(name, [.init(.endpoint, .text(address))] + fields)
    }
}
