//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite struct SinkQueueTests {
    private let depth = Gauge()
    private let bytes = Gauge()
    private let dropped = Labelled(LogDropReason.self) { _ in Counter() }

    private func queue(entries: Int = 100, bytes limit: Int = 1 << 20) -> SinkQueue {
        SinkQueue(limits: .init(entries: entries, bytes: limit), depth: depth, bytes: bytes)
    }

    private func entries(_ count: Int, isAudit: Bool = false) throws -> [EncodedEntry] {
        var encoder = try Sample.encoder()
        var record = Sample.emptyRecord(method: isAudit ? "PUT" : "GET")
        record.status = 200
        return (0..<count).map { _ in encoder.encode(.request(.init(record))) }
    }

    private func take(_ queue: SinkQueue, extra: Int = 0) throws -> (count: Int, batch: SinkQueue.Batch) {
        var taken: [EncodedEntry] = []
        guard case .batch(let batch) = queue.take(into: &taken, extra: extra, waiting: .zero) else {
            throw Nothing()
        }
        return (taken.count, batch)
    }

    private struct Nothing: Error {}

    @Test func everyEntryHasANumberAndLossesHaveOneTo() throws {
        let queue = queue(entries: 3)
        #expect(queue.push(try entries(5), from: 0, SinkFilter(), dropped: dropped) == .done)
        #expect(dropped[.queueFull].value == 2)
        #expect(depth.value == 3)
        #expect(bytes.value > 0)
        let first = try take(queue, extra: 1)
        #expect(first.count == 3)
        #expect(first.batch.first == 1)
        #expect(first.batch.losses.reasons == [.queueFull])
        #expect(first.batch.firstLost == 4)
        // One number for telling of the loss, one that was asked for.
        #expect(first.batch.own == 6)
        #expect(queue.push(try entries(1), from: 0, SinkFilter(), dropped: dropped) == .done)
        let second = try take(queue)
        #expect(second.batch.first == 8)
        #expect(second.batch.losses.isEmpty)
        #expect(bytes.value == 0)
    }

    @Test func bytesAreBounded() throws {
        let some = try entries(3)
        let queue = queue(bytes: 2 * some[0].size)
        #expect(queue.push(some, from: 0, SinkFilter(), dropped: dropped) == .done)
        #expect(dropped[.queueFull].value == 1)
        // What is larger than all the room goes in alone.
        let narrow = self.queue(bytes: 1)
        #expect(narrow.push(some, from: 0, SinkFilter(), dropped: dropped) == .done)
        #expect(try take(narrow).count == 1)
    }

    @Test func whatIsFilteredOutHasNoNumber() throws {
        let queue = queue()
        let batch = try entries(2) + entries(2, isAudit: true)
        #expect(queue.push(batch, from: 0, SinkFilter(kinds: .audit), dropped: dropped) == .done)
        let taken = try take(queue)
        #expect(taken.count == 2)
        #expect(taken.batch.first == 1)
        #expect(taken.batch.own == 3)
    }

    @Test func auditEntriesAreNotDroppedButWaitedFor() throws {
        let queue = queue(entries: 1)
        let batch = try entries(2, isAudit: true)
        #expect(queue.push(batch, from: 0, SinkFilter(), dropped: dropped) == .noRoom(at: 1))
        #expect(dropped[.queueFull].value == 0)
        #expect(!queue.waitForRoom(.milliseconds(1)))
        // It was waited in vain: not again until the sink takes something.
        let start = ContinuousClock.now
        #expect(!queue.waitForRoom(.seconds(600)))
        #expect(ContinuousClock.now - start < .seconds(60))
        #expect(queue.lose(.spilled) == 2)
        #expect(try take(queue).batch.losses.reasons == [.spilled])
        #expect(queue.push(batch, from: 1, SinkFilter(), dropped: dropped) == .done)
        #expect(try take(queue).batch.first == 4)
        // A sink that wants requests, and no audit, loses them like any other.
        #expect(queue.push(batch, from: 0, SinkFilter(kinds: .access), dropped: dropped) == .done)
        #expect(dropped[.queueFull].value == 1)
    }

    /// Who looks for what was lost on a full disk is not to look for a slow one.
    @Test func whatFindsNoRoomBehindAFailingWriteIsLostToThat() throws {
        let queue = queue(entries: 1)
        #expect(queue.push(try entries(1), from: 0, SinkFilter(), dropped: dropped) == .done)
        #expect(try take(queue).count == 1)
        queue.fail()
        #expect(queue.push(try entries(4), from: 0, SinkFilter(), dropped: dropped) == .done)
        #expect(dropped[.writeFailed].value == 3 && dropped[.queueFull].value == 0)
        // The sink takes again, so that it has written what it had.
        let batch = try take(queue).batch
        #expect(batch.losses.reasons == [.writeFailed] && batch.losses[.writeFailed] == 3)
        #expect(queue.push(try entries(2), from: 0, SinkFilter(), dropped: dropped) == .done)
        #expect(dropped[.writeFailed].value == 3 && dropped[.queueFull].value == 1)
    }

    @Test func closedQueueGivesTheRestAndEnds() throws {
        let queue = queue()
        #expect(queue.push(try entries(1), from: 0, SinkFilter(), dropped: dropped) == .done)
        queue.close()
        #expect(try take(queue).count == 1)
        var rest: [EncodedEntry] = []
        guard case .end = queue.take(into: &rest, extra: 0, waiting: .zero) else {
            Issue.record("the queue has not ended")
            return
        }
    }
}
