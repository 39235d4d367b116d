//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import NIOCore
package import NIOPosix

/// The event loops on which connections are served.
package enum ServingLoops {
    /// Starts them; they end with the process.
    ///
    /// A request is little work, and somebody waits for it, so their threads ask for short turns: they come sooner, and what
    /// else runs on the machine waits for no more than one request.
    package static func start(_ count: Int) -> MultiThreadedEventLoopGroup {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: count)
        for loop in group.makeIterator() { loop.execute { plimsoll_make_thread_prompt() } }
        return group
    }
}
