//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Where what happens to log files is counted and told.
struct LogFileReport: Sendable {
    let counters: LogFileCounters
    let observer: any LogFileObserver

    func note(_ event: LogFileEvent) {
        counters.count(event)
        observer.note(event)
    }
}
