//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import Synchronization

/// The connections of a server, so that those that outlast the drain can be cut.
package final class OpenConnections: Sendable {
    private let state = Mutex(State())

    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isQuiescing = false
    }

    package init() {}

    package func add(_ channel: any Channel) {
        let isQuiescing = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.isQuiescing
        }
        // Not at once: its handlers are still to come.
        if isQuiescing { channel.eventLoop.execute { Self.quiesce(channel) } }
    }

    package func remove(_ channel: any Channel) {
        state.withLock { _ = $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
    }

    /// Lets each connection end after the request under way, and those at rest at once.
    package func quiesce() {
        let open = state.withLock { state in
            state.isQuiescing = true
            return Array(state.channels.values)
        }
        for channel in open { Self.quiesce(channel) }
    }

    private static func quiesce(_ channel: any Channel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    package var count: Int { state.withLock { $0.channels.count } }

    /// Closes all of them.
    /// - Returns: how many there were.
    package func closeAll() -> Int {
        let open = state.withLock { Array($0.channels.values) }
        for channel in open { channel.close(promise: nil) }
        return open.count
    }
}
