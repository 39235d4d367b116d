//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import DequeModule
import RegistryLedger

/// The part of a queue that is in memory: what is sent next, and what is on its way.
///
/// Each repository has a lane, in which one request after the other is made, so that its events arrive in order. Lanes
/// do not wait for each other: one whose event is not taken keeps only that in memory, and is read again from where it
/// was when that has gone. A pure state machine: times are told to it, on any one scale.
struct DeliveryWindow {
    let limits: Limits
    private var lanes: [String: Lane] = [:]
    /// Lanes that can send, in the order in which they could.
    private var ready: Deque<String> = []
    /// Lanes that wait until a time.
    private var delayed: Set<String> = []
    /// Lanes of which something is on the disk only.
    private var missing: Set<String> = []
    /// Everything up to here was looked at.
    private(set) var frontier: Int64 = 0
    private(set) var count = 0
    private(set) var bytes = 0
    /// Events of lanes that can send.
    private var readyCount = 0
    /// Since when something can be sent; nil if nothing can.
    private var readySince: Duration?

    struct Limits: Sendable, Equatable {
        var count = 1024
        var bytes = 4 << 20
        /// Events of a lane.
        var lane = 256
    }

    private struct Lane {
        var items: Deque<OutboxItem> = []
        /// Of these, from the first, are on their way.
        var sending = 0
        /// Attempts at the first that have failed.
        var attempts = 0
        /// Events, from the first, that are sent by themselves, since together with others they were refused.
        var alone = 0
        var notBefore: Duration?
        /// From here on its events are on the disk only.
        var missed: Int64?
        /// Of its events, what counts as ready to be sent; nil where it is not among those that can send.
        var listed: Int?
    }

    /// What one request takes.
    struct Batch: Sendable, Equatable {
        var items: [OutboxItem] = []
        /// Attempts at it that have failed.
        var attempts = 0
    }

    /// A part of the queue that is to be read.
    struct Reading: Equatable {
        var position: Int64
        var limit: Int
        var bytes: Int
        var isFrontier: Bool
    }

    init(_ limits: Limits = Limits()) { self.limits = limits }

    var isEmpty: Bool { count == 0 }

    // MARK: Reading

    /// What should be read now.
    /// - Parameter hasMore: whether there may be something behind the frontier.
    func reading(hasMore: Bool) -> Reading? {
        // What lanes lack comes first: it is older.
        let starved = missing.compactMap { name -> Int64? in
            guard let lane = lanes[name], lane.items.isEmpty else { return nil }
            return lane.missed
        }
        let room = max(limits.count - count, 16)
        if let first = starved.min() {
            let limit = min(room, limits.lane)
            return Reading(position: first - 1, limit: limit, bytes: limits.bytes / 4, isFrontier: false)
        }
        guard hasMore, count < limits.count, bytes < limits.bytes, readyCount < limits.count / 2 else { return nil }
        return Reading(position: frontier, limit: room, bytes: max(limits.bytes - bytes, 1), isFrontier: true)
    }

    /// Takes in what was read.
    mutating func add(_ items: [OutboxItem], _ reading: Reading, at now: Duration) {
        let edge = frontier
        var skipped: Set<String> = []
        for item in items {
            let name = item.entry.repository
            let isNew = item.position > edge
            if isNew { frontier = max(frontier, item.position) }
            guard var lane = lanes[name] ?? (isNew ? Lane() : nil) else { continue }
            if let missed = lane.missed {
                // What lies beyond a gap is read with the gap.
                guard !reading.isFrontier, missed > reading.position, item.position >= missed, !skipped.contains(name)
                else { continue }
            } else if !isNew {
                continue
            }
            if lane.items.count >= limits.lane || lane.notBefore != nil && lane.items.count >= max(lane.sending, 1) {
                lane.missed = item.position
                skipped.insert(name)
            } else {
                lane.items.append(item)
                count += 1
                bytes += item.entry.body.utf8.count
                if lane.missed != nil { lane.missed = item.position + 1 }
            }
            store(lane, name, at: now)
        }
        guard !reading.isFrontier else { return }
        // A reading that ends short, or reaches the frontier, has closed the gaps of those that it found room for.
        let isWhole = items.isEmpty || (items.last?.position ?? 0) >= edge
        let last = items.last?.position
        for name in missing where !skipped.contains(name) {
            guard var lane = lanes[name], let missed = lane.missed, missed > reading.position else { continue }
            if isWhole {
                lane.missed = nil
            } else if let last, last >= missed {
                lane.missed = last + 1
            }
            store(lane, name, at: now)
        }
    }

    // MARK: Sending

    /// When there is something to send; nil if something must come first.
    mutating func nextTime(_ batch: EndpointSettings.Batch, at now: Duration) -> Duration? {
        wake(at: now)
        let delay = delayed.compactMap { lanes[$0]?.notBefore }.min()
        guard let readySince else { return delay }
        let gathered = readyCount >= batch.size ? now : readySince + batch.wait
        return delay.map { min($0, gathered) } ?? gathered
    }

    /// The next batch; nil if none can be sent yet.
    mutating func take(_ batch: EndpointSettings.Batch, maximumBytes: Int, at now: Duration) -> Batch? {
        guard let time = nextTime(batch, at: now), time <= now, !ready.isEmpty else { return nil }
        var taken = Batch()
        var size = 0
        var isAlone = false
        while let name = ready.first, taken.items.count < batch.size, !isAlone, var lane = lanes[name] {
            isAlone = lane.alone > 0
            // Such a lane has a request to itself.
            guard !isAlone || taken.items.isEmpty else { break }
            let limit = isAlone ? 1 : batch.size - taken.items.count
            for item in lane.items.prefix(limit) {
                guard taken.items.isEmpty || size + item.entry.body.utf8.count <= maximumBytes else { break }
                taken.items.append(item)
                size += item.entry.body.utf8.count
                lane.sending += 1
            }
            guard lane.sending > 0 else { break }
            ready.removeFirst()
            readyCount -= lane.listed ?? 0
            lane.listed = nil
            taken.attempts = max(taken.attempts, lane.attempts)
            lanes[name] = lane
        }
        readySince = ready.isEmpty ? nil : now
        return taken.items.isEmpty ? nil : taken
    }

    /// What was on its way has gone: it has arrived, or was given up.
    mutating func remove(_ batch: Batch, at now: Duration) {
        for name in Set(batch.items.map(\.entry.repository)) {
            guard var lane = lanes[name] else { continue }
            for _ in 0..<min(lane.sending, lane.items.count) { drop(lane.items.removeFirst()) }
            lane.alone = max(0, lane.alone - lane.sending)
            lane.sending = 0
            lane.attempts = 0
            store(lane, name, at: now)
        }
    }

    /// What was on its way was not taken, and is to be sent again.
    /// - Parameters:
    ///   - isCounted: whether it was an attempt at the event.
    ///   - isJudged: whether one event may be to blame for all.
    mutating func putBack(_ batch: Batch, until time: Duration, isCounted: Bool, isJudged: Bool, at now: Duration) {
        for name in Set(batch.items.map(\.entry.repository)) {
            guard var lane = lanes[name] else { continue }
            if isJudged, batch.items.count > 1 { lane.alone = max(lane.alone, lane.sending) }
            let kept = max(lane.sending, 1)
            lane.sending = 0
            if isCounted { lane.attempts += 1 }
            lane.notBefore = time
            // What waits behind is read again when it is its turn, and leaves room for others until then.
            while lane.items.count > kept, let last = lane.items.popLast() {
                drop(last)
                lane.missed = last.position
            }
            delayed.insert(name)
            store(lane, name, at: now)
        }
    }

    /// What was on its way is as if it had not been sent.
    mutating func release(_ batch: Batch, at now: Duration) {
        for name in Set(batch.items.map(\.entry.repository)) {
            guard var lane = lanes[name] else { continue }
            lane.sending = 0
            store(lane, name, at: now)
        }
    }

    /// Takes out what is no longer in the queue and not on its way.
    mutating func discard(at now: Duration, where isGone: (OutboxItem) -> Bool) {
        for name in Array(lanes.keys) {
            guard var lane = lanes[name] else { continue }
            let gone = lane.items.dropFirst(lane.sending).filter(isGone)
            guard !gone.isEmpty else { continue }
            if lane.sending == 0, let first = lane.items.first, isGone(first) {
                lane.attempts = 0
                lane.alone = 0
                lane.notBefore = nil
            }
            let kept = lane.items.prefix(lane.sending) + lane.items.dropFirst(lane.sending).filter { !isGone($0) }
            lane.items = Deque(kept)
            for item in gone { drop(item) }
            store(lane, name, at: now)
        }
    }

    // MARK: Lanes

    private mutating func drop(_ item: OutboxItem) {
        count -= 1
        bytes -= item.entry.body.utf8.count
    }

    /// Has lanes that have waited long enough send again.
    private mutating func wake(at now: Duration) {
        for name in delayed {
            guard var lane = lanes[name], let time = lane.notBefore else {
                delayed.remove(name)
                continue
            }
            guard time <= now else { continue }
            lane.notBefore = nil
            delayed.remove(name)
            store(lane, name, at: now)
        }
    }

    /// Puts a lane where it belongs.
    private mutating func store(_ lane: Lane, _ name: String, at now: Duration) {
        var lane = lane
        if lane.sending == 0, lane.notBefore == nil, !lane.items.isEmpty {
            if lane.listed == nil { ready.append(name) }
            if readySince == nil { readySince = now }
            readyCount += lane.items.count - (lane.listed ?? 0)
            lane.listed = lane.items.count
        } else if let listed = lane.listed {
            ready.removeAll { $0 == name }
            readyCount -= listed
            lane.listed = nil
            if ready.isEmpty { readySince = nil }
        }
        if lane.missed == nil { missing.remove(name) } else { missing.insert(name) }
        lanes[name] = lane.items.isEmpty && lane.missed == nil ? nil : lane
    }
}
