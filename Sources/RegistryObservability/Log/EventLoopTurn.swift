//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix

/// What an event loop does between two looks at its connections.
enum EventLoopTurn {
    /// Does something when the event loop whose thread this is has seen to all that came in at once; elsewhere, now.
    ///
    /// It is done in any case, also when the event loop is shut down.
    static func atEnd(_ body: @escaping @Sendable () -> Void) {
        guard let eventLoop = MultiThreadedEventLoopGroup.currentEventLoop else { return body() }
        eventLoop.execute(body)
    }
}
