//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import NIOCore

/// Runs the task of a connection on its event loop while told so, and on the system's threads otherwise.
///
/// So a task that has waited for something goes on where it keeps nobody waiting, as all tasks do that prefer no executor.
final class ConnectionExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    /// Used on the event loop only.
    private nonisolated(unsafe) var isHere = false

    init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    /// Runs the task that is begun or resumed in a closure here, until it waits; on the event loop only.
    func runHere(_ body: () -> Void) {
        eventLoop.preconditionInEventLoop()
        isHere = true
        body()
        isHere = false
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if eventLoop.inEventLoop, isHere {
            // For one job: what that one wakes is for the threads.
            isHere = false
            return job.runSynchronously(on: asUnownedTaskExecutor())
        }
        DispatchQueue.global().async { [self] in job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
