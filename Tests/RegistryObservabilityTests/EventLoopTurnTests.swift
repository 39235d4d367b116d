//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import RegistryObservability

@Suite(.timeLimit(.minutes(5))) struct EventLoopTurnTests {
    private let done = Steps()

    /// What was done, in order.
    private final class Steps: Sendable {
        private let names = Mutex<[String]>([])

        func add(_ name: String) { names.withLock { $0.append(name) } }

        var all: [String] { names.withLock { $0 } }
    }

    @Test("On an event loop it waits until the loop is through with what it is at")
    func onLoop() async throws {
        let done = done
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        try await eventLoop.submit {
            // Two requests of one turn, the second behind the first.
            eventLoop.execute { done.add("second") }
            EventLoopTurn.atEnd { done.add("end") }
            done.add("first")
        }.get()
        try await eventLoop.submit {}.get()
        #expect(done.all == ["first", "second", "end"])
    }

    @Test("Elsewhere nothing is waited for")
    func elsewhere() {
        EventLoopTurn.atEnd { [done] in done.add("end") }
        #expect(done.all == ["end"])
    }

    @Test("What an event loop was to do at its end is done when it is shut down meanwhile")
    func shutDown() async throws {
        let done = done
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        // Not by a future of the loop: that is never fulfilled for who asks when the loop has ended.
        try await withCheckedThrowingContinuation { (ended: CheckedContinuation<Void, any Error>) in
            group.next().execute {
                group.shutdownGracefully { error in
                    if let error { ended.resume(throwing: error) } else { ended.resume() }
                }
                EventLoopTurn.atEnd { done.add("end") }
            }
        }
        #expect(done.all == ["end"])
    }
}
