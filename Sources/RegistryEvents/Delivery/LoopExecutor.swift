//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// Runs tasks on an event loop.
///
/// A delivery is many short steps, each of which waits for the one before. Where they and the connections have one thread,
/// no other has to be woken in between, which costs more than most of the steps.
final class LoopExecutor: TaskExecutor {
    private let loop: any EventLoop

    /// - Parameter loop: not shut down while there are such tasks.
    init(_ loop: any EventLoop) { self.loop = loop }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        loop.execute { job.runSynchronously(on: executor) }
    }
}
