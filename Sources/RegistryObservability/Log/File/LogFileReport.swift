//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Synchronization

/// Counts what happens to the files of a log, and tells of it.
final class LogFileReport: Sendable {
    let counters: LogFileCounters
    private let observer: any LogFileObserver
    /// When each trouble was last told of.
    private let troubles = Mutex<[Trouble: MonotonicTime]>([:])

    /// What can fail apart from the rest.
    enum Work: Hashable {
        case synchronizing, opening, removing, compressing
    }

    /// What is wrong, with whatever file.
    private struct Trouble: Hashable {
        let work: Work
        let step: String
        let cause: String
    }

    /// A trouble that stays is told of again after so long, and not with each try.
    private static let silence = Duration.seconds(600)

    init(counters: LogFileCounters, observer: any LogFileObserver) {
        self.counters = counters
        self.observer = observer
    }

    func note(_ event: LogFileEvent) {
        counters.count(event)
        observer.note(event)
    }

    /// Something failed, and will be tried again.
    func fail(_ error: LogFileError, at work: Work, now: MonotonicTime = .now) {
        let event = LogFileEvent.failed(error)
        counters.count(event)
        let isTold = troubles.withLock { troubles in
            let trouble = Trouble(work: work, step: error.step, cause: error.cause)
            if let told = troubles[trouble], now - told < Self.silence { return false }
            troubles[trouble] = now
            return true
        }
        if isTold { observer.note(event) }
    }

    /// It works.
    func succeed(at work: Work) { troubles.withLock { $0 = $0.filter { $0.key.work != work } } }
}
