//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct LogQueueTests {
    private let depth = Gauge()

    private func take(_ queue: LogQueue) throws -> (numbers: [Int64], batch: LogQueue.Batch) {
        var entries: [LogEntry] = []
        let batch = try #require(queue.take(into: &entries))
        let numbers = entries.compactMap { entry -> Int64? in
            guard case .event(let event) = entry,
                case .number(let number)? = event.fields.first?.value
            else { return nil }
            return number
        }
        return (numbers, batch)
    }

    @Test func entriesComeOutInOrderAndAtOnce() throws {
        let queue = LogQueue(capacity: 10, depth: depth)
        for number in 1...5 { #expect(queue.push(.event(Sample.event(number)))) }
        #expect(depth.value == 5)
        let taken = try take(queue)
        #expect(taken.numbers == [1, 2, 3, 4, 5])
        #expect(taken.batch.lost == 0)
        #expect(depth.value == 0)
    }

    @Test func fullQueueDropsTheNewestAndCounts() throws {
        let queue = LogQueue(capacity: 3, depth: depth)
        let accepted = (1...5).map { queue.push(.event(Sample.event($0))) }
        #expect(accepted == [true, true, true, false, false])
        let first = try take(queue)
        #expect(first.numbers == [1, 2, 3])
        #expect(first.batch.lost == 2)
        #expect(queue.push(.event(Sample.event(6))))
        let second = try take(queue)
        #expect(second.numbers == [6])
        #expect(second.batch.lost == 0)
    }

    @Test func closedQueueGivesWhatItHasAndEnds() throws {
        let queue = LogQueue(capacity: 3, depth: depth)
        #expect(queue.open())
        #expect(!queue.open())
        #expect(queue.push(.event(Sample.event(1))))
        #expect(!queue.close())
        #expect(!queue.push(.event(Sample.event(2))))
        #expect(try take(queue).numbers == [1])
        var entries: [LogEntry] = []
        #expect(queue.take(into: &entries) == nil)
        #expect(entries.isEmpty)
    }

    @Test func sleepingWriterIsWokenByTheFirstAndByTheLastOfAHandful() {
        var state = LogQueue.State(capacity: 100)
        for _ in 1...2 {
            #expect(take(&state) == nil)
            var woken: [Int] = []
            for number in 1...12 {
                push(number, to: &state)
                if state.wakesWriter() { woken.append(number) }
            }
            #expect(woken == [1, 8])
            #expect(take(&state) == 12)
            // The writer is at work, and looks again before it sleeps.
            push(13, to: &state)
            let isWoken = state.wakesWriter()
            #expect(!isWoken)
            #expect(take(&state) == 1)
        }
    }

    private func push(_ number: Int, to state: inout LogQueue.State) {
        let isAccepted = state.push(.event(Sample.event(number)))
        #expect(isAccepted)
    }

    /// - Returns: how many entries there were; nil if the writer goes to sleep.
    private func take(_ state: inout LogQueue.State) -> Int? {
        var entries: [LogEntry] = []
        guard case .batch = state.take(into: &entries) else { return nil }
        return entries.count
    }
}
