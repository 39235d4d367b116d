//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import ServiceLifecycle
import Synchronization

/// A value that may change while the server runs, and that services follow.
package final class LiveSetting<Value: Sendable>: Sendable {
    private let state: Mutex<State>

    private struct State {
        var value: Value
        var followers: [Int: AsyncStream<Void>.Continuation] = [:]
        var nextFollower = 0
    }

    package init(_ value: Value) { self.state = Mutex(State(value: value)) }

    /// As it is now.
    package var value: Value { state.withLock(\.value) }

    /// Tasks that follow it at the moment.
    var followers: Int { state.withLock(\.followers.count) }

    /// Has everybody who follows go on with another value.
    package func set(_ value: Value) {
        let followers = state.withLock { state in
            state.value = value
            return state.followers.values
        }
        for follower in followers { follower.yield() }
    }

    /// Does something with the value, and begins anew with each further one, until the task is cancelled.
    /// - Parameter body: cancelled when there is another value, and waited for.
    package func follow(_ body: @escaping @Sendable (Value) async -> Void) async {
        // However many changes come meanwhile, the last counts.
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let follower = state.withLock { state in
            defer { state.nextFollower += 1 }
            state.followers[state.nextFollower] = continuation
            return state.nextFollower
        }
        defer { state.withLock { $0.followers[follower] = nil } }
        var iterator = changes.makeAsyncIterator()
        while !Task.isCancelled {
            await withTaskGroup { group in
                group.addTask { [value] in await body(value) }
                _ = await iterator.next()
                group.cancelAll()
            }
        }
    }
}

/// Runs a service that is made of a setting, and one made anew whenever that changes.
package struct FollowingService<Value: Sendable>: Service {
    private let setting: LiveSetting<Value>
    private let make: @Sendable (Value) -> (any Service)?

    /// - Parameter make: nil where a value needs none.
    package init(_ setting: LiveSetting<Value>, _ make: @escaping @Sendable (Value) -> (any Service)?) {
        self.setting = setting
        self.make = make
    }

    /// Runs until the server goes down.
    package func run() async {
        // Services of this kind look after something; none of them ends with an error.
        await cancelWhenGracefulShutdown {
            await setting.follow { value in try? await make(value)?.run() }
        }
    }
}
