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

    @Test func fullQueueHasRoomForAuditEntries() throws {
        let queue = LogQueue(capacity: 3, depth: depth)
        let audited = LogEntry.event(ServerEvent(.readOnlyEntered))
        #expect(audited.kinds.contains(.audit))
        for number in 1...4 { #expect(queue.push(.event(Sample.event(number))) == (number < 4)) }
        #expect((1...4).map { _ in queue.push(audited) } == [true, true, true, false])
        #expect(!queue.push(.event(Sample.event(5))))
        var entries: [LogEntry] = []
        let batch = try #require(queue.take(into: &entries))
        #expect(entries.count == 6)
        #expect(batch.lost == 3)
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
        let handful = LogQueue.State.handful
        for _ in 1...2 {
            #expect(take(&state) == "gather")
            #expect(take(&state, hasGathered: true) == "wait")
            #expect(woken(by: 1...1, &state) == [1])
            // Awake now, it waits for more.
            #expect(take(&state) == "gather")
            #expect(woken(by: 2...handful + 4, &state) == [handful])
            #expect(take(&state) == "\(handful + 4)")
            // It is at work, and looks again before it sleeps.
            #expect(woken(by: 1...1, &state).isEmpty)
            // What is less than a handful waits for more, and wakes nobody.
            #expect(take(&state) == "gather")
            #expect(woken(by: 2...3, &state).isEmpty)
            #expect(take(&state, hasGathered: true) == "3")
        }
    }

    @Test func whatIsUrgentWaitsForNoHandful() {
        var gathering = Gathering(handful: 8)
        func next(_ count: Int, isUrgent: Bool = false, hasGathered: Bool = false) -> Gathering.Step {
            gathering.next(count: count, isUrgent: isUrgent, hasGathered: hasGathered)
        }
        func wakes(_ count: Int, isUrgent: Bool = false) -> Bool { gathering.wakes(count: count, isUrgent: isUrgent) }
        #expect(next(0) == .gather)
        #expect(!wakes(1))
        #expect(wakes(1, isUrgent: true))
        #expect(!wakes(2, isUrgent: true))
        #expect(next(2, isUrgent: true) == .take)
        #expect(next(0, hasGathered: true) == .sleep)
        #expect(!wakes(0))
        #expect(wakes(0, isUrgent: true))
        #expect(next(0, isUrgent: true) == .take)
    }

    @Test func queueWithoutAHandfulWaitsForNothing() {
        var gathering = Gathering(handful: 1)
        let steps = [0, 1].map { gathering.next(count: $0, isUrgent: false, hasGathered: false) }
        #expect(steps == [.sleep, .take])
        let last = gathering.next(count: 0, isUrgent: false, hasGathered: false)
        #expect(last == .sleep)
        let isWoken = gathering.wakes(count: 1, isUrgent: false)
        #expect(isWoken)
    }

    /// - Returns: by which of the entries the writer is woken.
    private func woken(by numbers: ClosedRange<Int>, _ state: inout LogQueue.State) -> [Int] {
        var woken: [Int] = []
        for number in numbers {
            push(number, to: &state)
            if state.wakesWriter() { woken.append(number) }
        }
        return woken
    }

    private func push(_ number: Int, to state: inout LogQueue.State) {
        let isAccepted = state.push(.event(Sample.event(number)))
        #expect(isAccepted)
    }

    /// - Returns: how many entries there were, or what the writer does.
    private func take(_ state: inout LogQueue.State, hasGathered: Bool = false) -> String {
        var entries: [LogEntry] = []
        switch state.take(into: &entries, hasGathered: hasGathered) {
        case .batch: return "\(entries.count)"
        case .wait: return "wait"
        case .gather: return "gather"
        case .end: return "end"
        }
    }
}
