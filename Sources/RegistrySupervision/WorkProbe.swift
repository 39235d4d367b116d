//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryStorage
import RegistryTelemetry
import Synchronization

/// Finds out whether the server can do its work: each event loop must turn, and the storage must answer, by the same
/// threads and limits as requests go.
///
/// It asks no socket, so a full queue of connections is no failure. An error is an answer too: what a restart cannot
/// heal, such as a disk that gives EIO, is for the health check to tell.
package final class WorkProbe: Sendable {
    private let eventLoops: [any EventLoop]
    private let storage: any StorageDriver
    private let state = Mutex(State())

    private struct State {
        var isUnderWay = false
        var stage = Stage.eventLoops
        /// When it was known last that the work can be done.
        var proof = MonotonicTime.now
    }

    /// What is being waited for.
    package enum Stage: String, Sendable {
        case eventLoops = "the event loops"
        case storage = "the storage"
    }

    package init(eventLoops: [any EventLoopGroup], storage: any StorageDriver) {
        self.eventLoops = eventLoops.flatMap { Array($0.makeIterator()) }
        self.storage = storage
    }

    /// Counts as proved for the moment: from now on somebody waits for a proof.
    package func begin() { state.withLock { $0.proof = .now } }

    /// Asks once, and waits for the answers, however long they take.
    package func run() async {
        enter(.eventLoops)
        for loop in eventLoops { try? await loop.submit {}.get() }
        enter(.storage)
        _ = try? await storage.stat(DiskLayout.root)
        state.withLock { state in
            state.isUnderWay = false
            state.proof = .now
        }
    }

    /// What does not answer, and for how long there has been no proof; nil while nothing is being asked.
    package var delay: (stage: Stage, time: Duration)? {
        state.withLock { $0.isUnderWay ? ($0.stage, .now - $0.proof) : nil }
    }

    private func enter(_ stage: Stage) {
        state.withLock { state in
            state.isUnderWay = true
            state.stage = stage
        }
    }
}
