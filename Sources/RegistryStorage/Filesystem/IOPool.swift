//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
package import RegistryTelemetry
import Synchronization

/// The threads on which files are read, written and hashed, so that neither event loops nor the cooperative pool wait.
package struct IOPool: Sendable {
    private let threads: NIOThreadPool
    private let instruments: Instruments?

    /// Starts the threads.
    /// - Parameters:
    ///   - size: number of threads.
    ///   - instruments: tell how many tasks there are, and how long they wait; nil for nobody.
    package init(size: Int, instruments: Instruments? = nil) {
        self.threads = NIOThreadPool(numberOfThreads: size)
        self.instruments = instruments
        threads.start()
    }

    /// Starts a piece of work and returns at once.
    func start<Output: Sendable>(
        _ work: @escaping @Sendable () throws(StorageError) -> Output
    ) -> IOTask<Output> {
        let task = IOTask<Output>()
        let start = MonotonicTime.now
        instruments?.poolTasks[.waiting].add(1)
        threads.submit { [instruments] state in
            instruments?.began(waitedSince: start)
            defer { instruments?.poolTasks[.running].add(-1) }
            // Work is refused only after shutdown, which comes when nothing is left to be served.
            guard state == .active else {
                return task.complete(.failure(StorageError(.failed, "start", .root, cause: "the I/O pool has ended")))
            }
            task.complete(Result(catching: work))
        }
        return task
    }

    /// Does a piece of work and waits for it.
    package func run<Output: Sendable>(
        _ work: @escaping @Sendable () throws(StorageError) -> Output
    ) async throws(StorageError) -> Output {
        try await start(work).value
    }

    /// Ends the threads; work that has begun is finished.
    package func shutdown() async throws { try await threads.shutdownGracefully() }
}

extension Instruments {
    fileprivate func began(waitedSince start: MonotonicTime) {
        poolWait.record(.now - start)
        poolTasks[.waiting].add(-1)
        poolTasks[.running].add(1)
    }
}

/// The result of work on the pool, waited for by one task at a time.
final class IOTask<Output: Sendable>: Sendable {
    private let state = Mutex<State>(.running)

    private enum State {
        case running
        /// Not a checked one, which costs an allocation a call: the state lets it be resumed once and no more.
        case awaited(UnsafeContinuation<Result<Output, StorageError>, Never>)
        case done(Result<Output, StorageError>)
    }

    fileprivate func complete(_ result: Result<Output, StorageError>) {
        let waiter: UnsafeContinuation<Result<Output, StorageError>, Never>? = state.withLock { state in
            defer { state = .done(result) }
            guard case .awaited(let waiter) = state else { return nil }
            return waiter
        }
        waiter?.resume(returning: result)
    }

    var isDone: Bool {
        state.withLock { state in
            if case .done = state { true } else { false }
        }
    }

    /// The output, once there is one.
    var value: Output {
        get async throws(StorageError) {
            let result = await withUnsafeContinuation { continuation in
                let result: Result<Output, StorageError>? = state.withLock { state in
                    if case .done(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
            return try result.get()
        }
    }
}
