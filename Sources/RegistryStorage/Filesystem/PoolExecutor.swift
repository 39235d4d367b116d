//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Runs tasks on the threads of a pool: those that compute for long.
///
/// The cooperative pool has as many threads as there are processors; two reports at once would keep all requests waiting
/// on a machine with two.
package final class PoolExecutor: TaskExecutor {
    private let pool: IOPool

    /// - Parameter pool: not shut down while there are such tasks.
    package init(_ pool: IOPool) { self.pool = pool }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedTaskExecutor()
        _ = pool.start { () throws(StorageError) in job.runSynchronously(on: executor) }
    }
}
