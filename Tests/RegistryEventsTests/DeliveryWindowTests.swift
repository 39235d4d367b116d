//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryTestKit
import Testing

@testable import RegistryEvents

@Suite("The part of a queue that is in memory")
struct DeliveryWindowTests {
    private let one = EndpointSettings.Batch()

    private func item(_ position: Int64, _ repository: String = "a") -> OutboxItem {
        OutboxItem(position: position, entry: TestOutbox.entry("\(position)", in: repository))
    }

    /// The queue on the disk.
    private struct Store {
        var items: [OutboxItem]

        func read(_ reading: DeliveryWindow.Reading) -> [OutboxItem] {
            Array(items.filter { $0.position > reading.position }.prefix(reading.limit))
        }
    }

    private func filled(_ items: [OutboxItem], _ limits: DeliveryWindow.Limits = .init()) -> Subject {
        let window = Subject(limits)
        let reading = DeliveryWindow.Reading(position: 0, limit: 1000, bytes: 1 << 20, isFrontier: true)
        window.add(items, reading, at: .zero)
        return window
    }

    @Test("one request a repository at a time, several repositories at once")
    func lanes() {
        let window = filled([item(1), item(2), item(3, "b")])
        let first = window.take(one, maximumBytes: 1 << 20, at: .zero)
        let second = window.take(one, maximumBytes: 1 << 20, at: .zero)
        #expect(first?.items.map(\.position) == [1])
        #expect(second?.items.map(\.position) == [3])
        #expect(window.take(one, maximumBytes: 1 << 20, at: .zero) == nil)
        if let first { window.remove(first, at: .zero) }
        #expect(window.take(one, maximumBytes: 1 << 20, at: .zero)?.items.map(\.position) == [2])
    }

    @Test("a batch waits for more, and not for ever")
    func batch() {
        let batch = EndpointSettings.Batch(size: 3, wait: .seconds(1))
        let window = filled([item(1), item(2, "b")])
        #expect(window.take(batch, maximumBytes: 1 << 20, at: .zero) == nil)
        #expect(window.nextTime(batch, at: .zero) == .seconds(1))
        #expect(window.take(batch, maximumBytes: 1 << 20, at: .seconds(1))?.items.map(\.position) == [1, 2])
        let full = filled([item(1), item(2), item(3, "b"), item(4)])
        #expect(full.take(batch, maximumBytes: 1 << 20, at: .zero)?.items.map(\.position) == [1, 2, 4])
        let large = filled([item(1), item(2), item(3)])
        #expect(large.take(batch, maximumBytes: 60, at: .zero)?.items.map(\.position) == [1])
    }

    @Test("a refused batch goes again event by event, so that one does not hold up all")
    func alone() throws {
        let batch = EndpointSettings.Batch(size: 3)
        let window = filled([item(1), item(2), item(3, "b")])
        let taken = try #require(window.take(batch, maximumBytes: 1 << 20, at: .zero))
        window.putBack(taken, until: .seconds(1), isCounted: true, isJudged: true, at: .zero)
        #expect(window.take(batch, maximumBytes: 1 << 20, at: .zero) == nil)
        var singles: [[Int64]] = []
        while let next = window.take(batch, maximumBytes: 1 << 20, at: .seconds(1)) {
            singles.append(next.items.map(\.position))
            #expect(next.attempts == (next.items[0].position == 2 ? 0 : 1))
            window.remove(next, at: .seconds(1))
        }
        #expect(singles.sorted { $0[0] < $1[0] } == [[1], [2], [3]])
        #expect(window.isEmpty)
    }

    @Test("a lane that is stuck leaves the memory to others, and goes on where it was")
    func stuck() throws {
        let store = Store(items: (1...2000).map { item($0, $0 % 4 == 0 ? "good" : "bad") })
        let window = Subject(.init(count: 64, bytes: 1 << 20, lane: 16))
        var now = Duration.zero
        var sent: [String: [Int64]] = [:]
        var (hasMore, largest) = (true, 0)
        // Nothing of the one is taken, until all of the other has gone.
        for _ in 0..<100_000 {
            if let reading = window.reading(hasMore: hasMore) {
                let items = store.read(reading)
                if reading.isFrontier, items.count < reading.limit { hasMore = false }
                window.add(items, reading, at: now)
            }
            largest = max(largest, window.count)
            guard let batch = window.take(one, maximumBytes: 1 << 20, at: now) else {
                guard let next = window.nextTime(one, at: now) else { break }
                now = max(now, next)
                continue
            }
            let name = batch.items[0].entry.repository
            if name == "bad", (sent["good"]?.count ?? 0) < 500 {
                window.putBack(batch, until: now + .seconds(1), isCounted: true, isJudged: true, at: now)
            } else {
                sent[name, default: []] += batch.items.map(\.position)
                window.remove(batch, at: now)
            }
        }
        #expect(sent["good"] == (1...2000).filter { $0 % 4 == 0 })
        #expect(sent["bad"] == (1...2000).filter { $0 % 4 != 0 })
        #expect(largest <= 64 + 16)
        #expect(window.isEmpty && window.bytes == 0)
    }

    @Test("what is taken out of the queue is not sent, unless it is on its way")
    func discard() throws {
        let window = filled([item(1), item(2), item(3, "b")])
        let first = try #require(window.take(one, maximumBytes: 1 << 20, at: .zero))
        window.discard(at: .zero) { _ in true }
        #expect(window.count == 1)
        #expect(window.take(one, maximumBytes: 1 << 20, at: .zero) == nil)
        window.remove(first, at: .zero)
        #expect(window.isEmpty)
    }

    @Test(
        "whatever is taken and refused, each repository's events go in order, and each once",
        arguments: 0..<40 as Range<UInt64>
    )
    func random(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let names = ["a", "b", "c", "d"]
        let store = Store(items: (1...300).map { item($0, names[Int.random(in: 0..<4, using: &generator)]) })
        let batch = EndpointSettings.Batch(size: Int.random(in: 1...4, using: &generator), wait: .milliseconds(10))
        let window = Subject(.init(count: 32, bytes: 2000, lane: Int.random(in: 2...12, using: &generator)))
        var (now, sent, under, hasMore) = (Duration.zero, [String: [Int64]](), [DeliveryWindow.Batch](), true)
        var rounds = 0
        while sent.values.reduce(0, { $0 + $1.count }) < 300 {
            rounds += 1
            try #require(rounds < 100_000, "it stands still")
            if let reading = window.reading(hasMore: hasMore) {
                let items = store.read(reading)
                if reading.isFrontier, items.count < reading.limit { hasMore = false }
                window.add(items, reading, at: now)
            }
            if under.count < 3, let taken = window.take(batch, maximumBytes: 1 << 20, at: now) { under.append(taken) }
            guard !under.isEmpty, Bool.random(using: &generator) else {
                if let next = window.nextTime(batch, at: now), under.isEmpty { now = max(now, next) }
                now += .milliseconds(1)
                continue
            }
            let done = under.remove(at: Int.random(in: 0..<under.count, using: &generator))
            if Int.random(in: 0..<3, using: &generator) == 0 {
                let isJudged = Bool.random(using: &generator)
                window.putBack(done, until: now + .milliseconds(20), isCounted: true, isJudged: isJudged, at: now)
            } else {
                for item in done.items { sent[item.entry.repository, default: []].append(item.position) }
                window.remove(done, at: now)
            }
        }
        for name in names {
            #expect(sent[name] == store.items.filter { $0.entry.repository == name }.map(\.position))
        }
        #expect(window.isEmpty && window.bytes == 0)
    }
}

/// The state machine behind a reference, so that expectations can be about what changes it.
private final class Subject {
    private var window: DeliveryWindow

    init(_ limits: DeliveryWindow.Limits) { window = DeliveryWindow(limits) }

    var count: Int { window.count }
    var bytes: Int { window.bytes }
    var isEmpty: Bool { window.isEmpty }

    func reading(hasMore: Bool) -> DeliveryWindow.Reading? { window.reading(hasMore: hasMore) }
    func remove(_ batch: DeliveryWindow.Batch, at now: Duration) { window.remove(batch, at: now) }
    func nextTime(_ batch: EndpointSettings.Batch, at now: Duration) -> Duration? { window.nextTime(batch, at: now) }

    func add(_ items: [OutboxItem], _ reading: DeliveryWindow.Reading, at now: Duration) {
        window.add(items, reading, at: now)
    }

    func take(_ batch: EndpointSettings.Batch, maximumBytes: Int, at now: Duration) -> DeliveryWindow.Batch? {
        window.take(batch, maximumBytes: maximumBytes, at: now)
    }

    func putBack(
        _ batch: DeliveryWindow.Batch,
        until time: Duration,
        isCounted: Bool,
        isJudged: Bool,
        at now: Duration
    ) {
        window.putBack(batch, until: time, isCounted: isCounted, isJudged: isJudged, at: now)
    }

    func discard(at now: Duration, where isGone: (OutboxItem) -> Bool) { window.discard(at: now, where: isGone) }
}
