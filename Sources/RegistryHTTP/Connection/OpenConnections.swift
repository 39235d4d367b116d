//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryTelemetry
import Synchronization

/// The connections of a server, so that there are not too many, and those that outlast the drain can be cut.
package final class OpenConnections: Sendable {
    private let state: Mutex<State>
    private let refused: @Sendable (any Channel, LimitName) -> Void

    /// How many there may be; nil is without limit.
    package struct Bounds: Sendable, Equatable {
        /// Connections at a time.
        package var total: Int?
        /// Connections of one address at a time.
        package var each: Int?

        package init() {}

        package init(_ limits: RequestLimits) {
            total = limits.connections
            each = limits.clientConnections
        }
    }

    private struct State {
        var bounds: Bounds
        var channels: [ObjectIdentifier: (channel: any Channel, client: ClientKey)] = [:]
        /// Connections by address; empty where nobody limits them.
        var clients: [ClientKey: Int] = [:]
        var isQuiescing = false

        mutating func count() {
            clients = bounds.each == nil ? [:] : channels.values.reduce(into: [:]) { $0[$1.client, default: 0] += 1 }
        }
    }

    /// - Parameters:
    ///   - bounds: how many there may be; those beyond are closed.
    ///   - refused: told of each that is closed, and by which limit.
    package init(
        _ bounds: Bounds = Bounds(),
        refused: @escaping @Sendable (any Channel, LimitName) -> Void = { _, _ in }
    ) {
        self.state = Mutex(State(bounds: bounds))
        self.refused = refused
    }

    /// Takes as many from now on; those that are there stay.
    package func set(_ bounds: Bounds) {
        state.withLock { state in
            guard state.bounds != bounds else { return }
            state.bounds = bounds
            state.count()
        }
    }

    package func add(_ channel: any Channel) {
        let client = ClientKey(channel.remoteAddress)
        let (isQuiescing, limit) = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = (channel, client)
            var limit: LimitName?
            if let total = state.bounds.total, state.channels.count > total { limit = .connections }
            if let each = state.bounds.each {
                let count = state.clients[client, default: 0] + 1
                state.clients[client] = count
                if count > each { limit = .clientConnections }
            }
            return (state.isQuiescing, limit)
        }
        if let limit {
            refused(channel, limit)
            channel.eventLoop.execute { channel.close(promise: nil) }
            return
        }
        // Not at once: its handlers are still to come.
        if isQuiescing { channel.eventLoop.execute { Self.quiesce(channel) } }
    }

    package func remove(_ channel: any Channel) {
        state.withLock { state in
            guard let client = state.channels.removeValue(forKey: ObjectIdentifier(channel))?.client,
                let count = state.clients[client]
            else { return }
            state.clients[client] = count > 1 ? count - 1 : nil
        }
    }

    /// Lets each connection end after the request under way, and those at rest at once.
    package func quiesce() {
        let open = state.withLock { state in
            state.isQuiescing = true
            return state.channels.values.map(\.channel)
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
        let open = state.withLock { $0.channels.values.map(\.channel) }
        for channel in open { channel.close(promise: nil) }
        return open.count
    }
}
