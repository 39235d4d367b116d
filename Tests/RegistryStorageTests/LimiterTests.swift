//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryStorage

@Suite("Limits of calls", .timeLimit(.minutes(5)))
struct LimiterTests {
    /// Counts who is inside, and the most there ever were.
    private final class Room: Sendable {
        private let state = Mutex((inside: 0, most: 0))

        func enter() {
            state.withLock { state in
                state.inside += 1
                state.most = max(state.most, state.inside)
            }
        }

        func leave() { state.withLock { $0.inside -= 1 } }

        var inside: Int { state.withLock { $0.inside } }
        var most: Int { state.withLock { $0.most } }
    }

    @Test("let in so many at once and no more, and in the end all", arguments: [1, 2, 5])
    func places(count: Int) async {
        let limiter = Limiter(count)
        let room = Room()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<200 {
                tasks.addTask {
                    await limiter.enter()
                    room.enter()
                    for _ in 0..<5 { await Task.yield() }
                    room.leave()
                    limiter.leave()
                }
            }
        }
        #expect(room.inside == 0)
        #expect(room.most <= count)
    }

    @Test("give all their places out")
    func allPlaces() async {
        let limiter = Limiter(4)
        let room = Room()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<4 {
                tasks.addTask {
                    await limiter.enter()
                    room.enter()
                    // Nobody leaves before all are in: with fewer places this would not end.
                    while room.most < 4 { await Task.yield() }
                    limiter.leave()
                }
            }
        }
        #expect(room.most == 4)
    }

    @Test("of a driver hold for calls, not for streams")
    func streams() async throws {
        let driver = LimitedDriver(InMemoryDriver(), limit: 1)
        let path = StoragePath.root.appending("a/b")
        try await driver.put([1, 2, 3], at: path)
        let content = try await driver.open(path)
        let appender = try await driver.append(path.parent.appending("c"))
        // Both streams are open, and calls still come through.
        #expect(try await driver.stat(path).size == 3)
        #expect(try await content.read(at: 0, count: 3).readableBytes == 3)
        content.close()
        appender.close()
    }

    @Test("of a driver give the place back when a call fails")
    func failures() async throws {
        let driver = LimitedDriver(InMemoryDriver(), limit: 1)
        for _ in 0..<3 {
            let code = await failure { () throws(StorageError) in try await driver.stat(StoragePath.root.appending("a"))
            }
            #expect(code == .notFound)
        }
    }
}
