//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry
import Synchronization

/// How far a collection is, for those who watch it.
package final class CollectionMonitor: Sendable {
    private let state = Mutex(Progress())
    private let instruments: MaintenanceInstruments

    package struct Progress: Sendable, Equatable {
        package var phase = CollectionPhase.idle
        /// Repositories that were read, where the tree is marked.
        package var repositories = 0
        /// Blobs of the plan that are done, and all of them.
        package var swept = 0
        package var planned = 0
        package var removedBytes: Int64 = 0

        package init() {}
    }

    package init(_ instruments: MaintenanceInstruments) {
        self.instruments = instruments
        instruments.enter(.idle)
    }

    package var progress: Progress { state.withLock { $0 } }

    func enter(_ phase: CollectionPhase) {
        instruments.enter(phase)
        state.withLock { state in
            if phase == .marking { state = Progress() }
            state.phase = phase
        }
    }

    func read(_ repositories: Int) { state.withLock { $0.repositories = repositories } }

    func plan(_ plan: CollectionPlan) {
        let bytes = plan.bytes
        instruments.planned.set(Int64(plan.blobs.count))
        instruments.swept.set(0)
        instruments.reclaimable.set(bytes)
        state.withLock { $0.planned = plan.blobs.count }
    }

    func sweep(_ blobs: Int, removed bytes: Int64) {
        instruments.swept.add(Int64(blobs))
        instruments.reclaimable.add(-bytes)
        state.withLock { state in
            state.swept += blobs
            state.removedBytes += bytes
        }
    }
}
