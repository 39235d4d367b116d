//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

/// Keeps what it observes, for tests to look at.
package final class RecordingObserver: Observer {
    private let state = Mutex<(records: [RequestRecord], events: [ServerEvent])>(([], []))

    package init() {}

    package func conclude(_ record: RequestRecord) { state.withLock { $0.records.append(record) } }

    package func note(_ event: ServerEvent) { state.withLock { $0.events.append(event) } }

    package var records: [RequestRecord] { state.withLock { $0.records } }

    package var events: [ServerEvent] { state.withLock { $0.events } }
}
