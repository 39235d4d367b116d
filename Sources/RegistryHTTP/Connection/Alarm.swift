//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore

/// The one timer of a connection or stream; used on its event loop.
///
/// It is not moved when a deadline moves away, since who is woken looks again; only one that would fire too late is
/// replaced.
struct Alarm {
    private var timer: (task: Scheduled<Void>, deadline: NIODeadline)?

    /// Has `body` called at the deadline, or before.
    /// - Parameters:
    ///   - deadline: nil for never, where no earlier one was set.
    ///   - body: calls ``fired()`` first.
    mutating func set(_ deadline: NIODeadline?, on eventLoop: any EventLoop, _ body: @escaping () -> Void) {
        guard let deadline else { return }
        if let timer {
            guard deadline < timer.deadline else { return }
            timer.task.cancel()
        }
        timer = (eventLoop.assumeIsolated().scheduleTask(deadline: deadline, body), deadline)
    }

    /// The alarm has gone off, and can be set again.
    mutating func fired() { timer = nil }

    mutating func cancel() { timer?.task.cancel() }
}
