//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Synchronization

/// Counts requests that kept their clients waiting for long, and tells of them without flooding the log.
package final class SlowRequests: Observer {
    private let threshold: Duration
    private let instruments: Instruments
    private let observer: any Observer
    private let allowance: Mutex<EventAllowance>

    /// - Parameters:
    ///   - threshold: what is longer is slow.
    ///   - observer: hears of it.
    package init(
        _ threshold: Duration,
        _ instruments: Instruments,
        observer: any Observer,
        _ allowance: EventAllowance = EventAllowance(burst: 10, interval: .seconds(10))
    ) {
        self.threshold = threshold
        self.instruments = instruments
        self.observer = observer
        self.allowance = Mutex(allowance)
    }

    package func conclude(_ record: RequestRecord) {
        guard let wait = record.wait, wait > threshold, !record.isAborted else { return }
        instruments.slow[record.route].add()
        let now = record.startInstant + record.duration
        guard let suppressed = allowance.withLock({ $0.take(now) }) else { return }
        var fields: [ServerEvent.Field] = [
            .init(.requestID, .text(record.requestID.description)),
            .init(.route, .text(record.route.rawValue)),
            .init(.method, .text(MethodName(record.method).rawValue.uppercased())),
        ]
        if let repository = record.repository { fields.append(.init(.repository, .text(repository.description))) }
        fields += [
            .init(.status, .number(Int64(record.status))),
            .init(.waited, .number(wait.microseconds)),
            .init(.suppressed, .number(suppressed)),
        ]
        observer.note(ServerEvent(.slowRequest, fields))
    }
}
