//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryHTTP

@Suite("Draining", .timeLimit(.minutes(5)))
struct DrainTests {
    @Test("Requests begin until draining begins, and are counted either way")
    func admission() async {
        let drain = Drain()
        #expect(drain.enter() == .admitted)
        #expect(!drain.isDraining)
        drain.begin()
        #expect(drain.isDraining)
        #expect(drain.enter() == .draining)
        drain.leave()
        drain.leave()
        await drain.idle()
    }

    @Test("Without requests there is nothing to wait for")
    func idleAtOnce() async {
        await Drain().idle()
    }

    @Test("The wait ends with the last request, not before")
    func waits() async {
        let drain = Drain()
        _ = drain.enter()
        _ = drain.enter()
        drain.begin()
        await withTaskGroup(of: Bool.self) { group in
            let (left, leaving) = AsyncStream.makeStream(of: Void.self)
            group.addTask {
                await drain.idle()
                leaving.finish()
                return true
            }
            drain.leave()
            // The last one leaves when others have had their turn, so that a wait that ended early would be seen.
            for _ in 1...100 { await Task.yield() }
            leaving.yield()
            drain.leave()
            var iterator = left.makeAsyncIterator()
            #expect(await iterator.next() != nil, "the wait ended with a request under way")
            #expect(await group.next() == true)
        }
    }

    @Test("A wait that is cancelled ends, and a later one works")
    func cancelled() async {
        let drain = Drain()
        _ = drain.enter()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await drain.idle() }
            group.cancelAll()
            await group.waitForAll()
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await drain.idle() }
            drain.leave()
            await group.waitForAll()
        }
    }

    @Test("Many requests come and go at once")
    func parallel() async {
        let drain = Drain()
        await withTaskGroup(of: Void.self) { group in
            for _ in 1...200 {
                group.addTask {
                    _ = drain.enter()
                    await Task.yield()
                    drain.leave()
                }
            }
        }
        await drain.idle()
    }
}
