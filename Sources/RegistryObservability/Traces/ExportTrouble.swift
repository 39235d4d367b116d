//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Which troubles with a collector have been told of, so that each is told once and not with every batch.
struct ExportTrouble: Sendable {
    private var isFailing = false
    private var isPartial = false

    /// What there is to tell.
    mutating func event(after outcome: ExportSchedule.Outcome, to address: String) -> ServerEvent? {
        switch outcome {
        case .delivered(let rejected, let message):
            if isFailing {
                isFailing = false
                return event(.traceExportRecovered, address)
            }
            guard rejected > 0 else {
                isPartial = false
                return nil
            }
            guard !isPartial else { return nil }
            isPartial = true
            return event(
                .traceExportPartial,
                address,
                [.init(.rejected, .number(Int64(rejected))), .init(.cause, .text(message))]
            )
        case .unavailable(let status, _): return failing("status \(status)", address)
        case .refused(let status, let message):
            return failing("status \(status)" + (message.isEmpty ? "" : ": \(message)"), address)
        case .unreachable(let cause): return failing(cause, address)
        }
    }

    private mutating func failing(_ cause: String, _ address: String) -> ServerEvent? {
        guard !isFailing else { return nil }
        isFailing = true
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
