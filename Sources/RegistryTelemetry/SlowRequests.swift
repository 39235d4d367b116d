//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Synchronization

/// Counts requests that kept their clients waiting for long, and tells of them without flooding the log.
package final class SlowRequests: Observer {
    private let threshold: Atomic<Int64>
    private let instruments: Instruments
    private let observer: any Observer
    private let allowance: Mutex<EventAllowance>

    /// - Parameters:
    ///   - threshold: what is longer is slow; 0 for nothing.
    ///   - observer: hears of it.
    package init(
        _ threshold: Duration,
        _ instruments: Instruments,
        observer: any Observer,
        _ allowance: EventAllowance = EventAllowance(burst: 10, interval: .seconds(10))
    ) {
        self.threshold = Atomic(threshold.nanoseconds)
        self.instruments = instruments
        self.observer = observer
        self.allowance = Mutex(allowance)
    }

    /// Takes another threshold from now on.
    package func setThreshold(_ threshold: Duration) { self.threshold.store(threshold.nanoseconds, ordering: .relaxed) }

    package func conclude(_ record: RequestRecord) {
        let threshold = threshold.load(ordering: .relaxed)
        guard threshold > 0, let wait = record.wait, wait.nanoseconds > threshold else { return }
        instruments.slow[record.route].add()
        let now = record.startInstant + record.duration
        guard let suppressed = allowance.withLock({ $0.take(now) }) else { return }
        var fields: [ServerEvent.Field] = [
            .init(.requestID, .text(record.requestID.description)),
            .init(.route, .text(record.route.rawValue)),
            .init(.method, .text(record.methodName.rawValue.uppercased())),
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
