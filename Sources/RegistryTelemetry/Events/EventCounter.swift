//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Counts events by their names.
package struct EventCounter: Observer {
    private let instruments: Instruments

    package init(_ instruments: Instruments) { self.instruments = instruments }

    package func conclude(_ record: RequestRecord) {}

    package func note(_ event: ServerEvent) { instruments.events[event.name].add() }
}
