//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc

/// A thread for work on log files.
struct LogThread: Sendable {
    private let thread: pthread_t

    private final class Body {
        let isIdle: Bool
        let run: @Sendable () -> Void

        init(_ isIdle: Bool, _ run: @escaping @Sendable () -> Void) {
            self.isIdle = isIdle
            self.run = run
        }
    }

    /// Starts the thread.
    /// - Parameter isIdle: has it run only when nothing else wants to: for work that nobody waits for.
    /// - Throws: ``LogFileError`` if there cannot be another one.
    init(isIdle: Bool, _ body: @escaping @Sendable () -> Void) throws(LogFileError) {
        let argument = Unmanaged.passRetained(Body(isIdle, body))
        var thread = pthread_t()
        // A thread of the pools would keep its priority for what runs on it next.
        let failure = pthread_create(
            &thread,
            nil,
            { argument in
                guard let argument else { return nil }
                let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
                if body.isIdle { plimsoll_make_thread_idle() }
                body.run()
                return nil
            },
            argument.toOpaque()
        )
        guard failure == 0 else {
            argument.release()
            throw LogFileError("pthread_create", "", errno: failure)
        }
        self.thread = thread
    }

    /// Waits for its end; once.
    func join() { pthread_join(thread, nil) }
}
