//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// One of the requests that a bucket counts, by which its trace and its log line are found.
package struct Exemplar: Sendable, Equatable {
    package let traceID: WideID
    package let spanID: UInt64
    /// In the unit of the histogram's bounds.
    package let value: Int64
    package let time: WallTime
}

/// The request that a value is about.
package struct ExemplarOrigin: Sendable {
    package let traceID: WideID
    package let spanID: UInt64
    /// Whether the trace is kept where traces are kept.
    package let isRecorded: Bool
    /// When the value was known.
    package let time: WallTime

    package init(traceID: WideID, spanID: UInt64, isRecorded: Bool, time: WallTime) {
        self.traceID = traceID
        self.spanID = spanID
        self.isRecorded = isRecorded
        self.time = time
    }
}

extension SpanScope {
    /// For values of what is done now, in the span that is under way; of its trace counts what is known so far.
    package var exemplarOrigin: ExemplarOrigin { recorder.exemplarOrigin(spanID) }
}

extension OpenSpan {
    /// For values that the span is about.
    package var exemplarOrigin: ExemplarOrigin { recorder.exemplarOrigin(id) }
}

extension SpanRecorder {
    fileprivate func exemplarOrigin(_ spanID: UInt64) -> ExemplarOrigin {
        ExemplarOrigin(traceID: trace.traceID, spanID: spanID, isRecorded: headReason != nil, time: .now)
    }
}

/// An example a bucket, taken in passing: no lock, and no more than one load for most requests.
///
/// Every request may become one, since its trace id also stands in its log line; but one whose trace is recorded is
/// worth more. So an example stays for a second, and one of a recorded trace stays for a minute against those of others.
final class ExemplarSlots: Sendable {
    nonisolated(unsafe) private let slots: UnsafeMutablePointer<Slot>
    private let count: Int

    /// A sequence lock (Boehm, "Can Seqlocks Get Along With Programming Language Memory Models?", 2012).
    private struct Slot: ~Copyable {
        /// Odd while the rest is being changed.
        let version = Atomic<UInt64>(0)
        let traceHigh = Atomic<UInt64>(0)
        let traceLow = Atomic<UInt64>(0)
        let span = Atomic<UInt64>(0)
        let value = Atomic<Int64>(0)
        /// Microseconds since 1970, doubled, and 1 more if the trace is recorded; 0 for an empty slot.
        let stamp = Atomic<Int64>(0)
    }

    init(count: Int) {
        self.count = count
        self.slots = .allocate(capacity: count)
        for position in 0..<count { (slots + position).initialize(to: Slot()) }
    }

    deinit {
        slots.deinitialize(count: count)
        slots.deallocate()
    }

    func offer(_ value: Int64, by origin: ExemplarOrigin, _ position: Int) {
        let stamp = slots[position].stamp.load(ordering: .relaxed)
        guard Self.isWorthMore(origin, than: stamp) else { return }
        let version = slots[position].version.load(ordering: .relaxed)
        // Whoever changes it just now is as good an example.
        guard version & 1 == 0,
            slots[position].version.compareExchange(
                expected: version,
                desired: version + 1,
                successOrdering: .acquiring,
                failureOrdering: .relaxed
            ).exchanged
        else { return }
        atomicMemoryFence(ordering: .releasing)
        slots[position].traceHigh.store(origin.traceID.high, ordering: .relaxed)
        slots[position].traceLow.store(origin.traceID.low, ordering: .relaxed)
        slots[position].span.store(origin.spanID, ordering: .relaxed)
        slots[position].value.store(value, ordering: .relaxed)
        slots[position].stamp.store(origin.time.microseconds << 1 | (origin.isRecorded ? 1 : 0), ordering: .relaxed)
        slots[position].version.store(version + 2, ordering: .releasing)
    }

    private static func isWorthMore(_ origin: ExemplarOrigin, than stamp: Int64) -> Bool {
        guard stamp != 0 else { return true }
        let isRecorded = stamp & 1 == 1
        if origin.isRecorded, !isRecorded { return true }
        let age = origin.time.microseconds - stamp >> 1
        // A clock that was set back must not keep an example for ever.
        return age < 0 || age >= (isRecorded && !origin.isRecorded ? 60_000_000 : 1_000_000)
    }

    subscript(_ position: Int) -> Exemplar? {
        // A writer is done in nanoseconds; a reader that meets one again and again does without.
        for _ in 0..<4 {
            let version = slots[position].version.load(ordering: .acquiring)
            guard version & 1 == 0 else { continue }
            let stamp = slots[position].stamp.load(ordering: .relaxed)
            let exemplar = Exemplar(
                traceID: WideID(
                    high: slots[position].traceHigh.load(ordering: .relaxed),
                    low: slots[position].traceLow.load(ordering: .relaxed)
                ),
                spanID: slots[position].span.load(ordering: .relaxed),
                value: slots[position].value.load(ordering: .relaxed),
                time: WallTime(microseconds: stamp >> 1)
            )
            atomicMemoryFence(ordering: .acquiring)
            guard slots[position].version.load(ordering: .relaxed) == version else { continue }
            return stamp == 0 ? nil : exemplar
        }
        return nil
    }
}
