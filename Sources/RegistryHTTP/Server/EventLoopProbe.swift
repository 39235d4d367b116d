//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Measures how late event loops are: a task that is due tells how long it had to wait for its turn.
package struct EventLoopProbe: Service {
    private let loops: any EventLoopGroup
    private let delay: Histogram

    private static let interval = TimeAmount.milliseconds(250)

    /// - Parameters:
    ///   - loops: each of them is measured, four times a second.
    ///   - delay: gets the times.
    package init(_ loops: any EventLoopGroup, _ delay: Histogram) {
        self.loops = loops
        self.delay = delay
    }

    /// Measures until the server goes down.
    package func run() async throws {
        let probes = loops.makeIterator().map { LoopProbe($0, delay) }
        for probe in probes { probe.schedule(after: .now()) }
        try? await gracefulShutdown()
        for probe in probes { probe.stop() }
    }

    /// The task of one loop, which schedules itself again.
    private final class LoopProbe: Sendable {
        private let loop: any EventLoop
        private let delay: Histogram
        private let isStopped = Atomic<Bool>(false)

        init(_ loop: any EventLoop, _ delay: Histogram) {
            self.loop = loop
            self.delay = delay
        }

        func schedule(after start: NIODeadline) {
            let deadline = start + EventLoopProbe.interval
            _ = loop.scheduleTask(deadline: deadline) { [self] in
                guard !isStopped.load(ordering: .relaxed) else { return }
                let now = NIODeadline.now()
                delay.record(max(0, (now - deadline).nanoseconds))
                schedule(after: now)
            }
        }

        func stop() { isStopped.store(true, ordering: .relaxed) }
    }
}
