//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The metrics of requests and events, as one view of them.
package struct MetricsObserver: Observer {
    private let instruments: Instruments

    package init(_ instruments: Instruments) { self.instruments = instruments }

    package func begin(_ route: RouteName) {
        instruments.inFlight[route].add(1)
    }

    package func note(_ event: ServerEvent) { instruments.events[event.name].add() }

    package func conclude(_ record: RequestRecord) {
        let route = record.route
        let method = MethodName(record.method)
        instruments.inFlight[route].add(-1)
        instruments.requests[route][StatusLabel(record.status)][method].add()
        instruments.requestDuration[route][method].record(record.duration)
        instruments.requestSize[route].record(record.bytesIn)
        instruments.responseSize[route].record(record.bytesOut)
        if let time = record.timeToFirstByte { instruments.timeToFirstByte[route].record(time) }
        if record.isAborted { instruments.aborted[route].add() }
        if let error = record.error { instruments.errors[error.code].add() }
    }
}
