//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// What was seen of one run of the server in one log.
struct AuditedRun {
    /// What follows the highest number that was seen.
    private(set) var next: Int64 = 1
    /// Ascending.
    private(set) var gaps: [Gap] = []
    /// Numbers that came again in the time of interest, and the first of them.
    private(set) var doubles: Int64 = 0
    private(set) var firstDouble: Int64?
    /// When its earliest and its latest entry were written; nil if none tells.
    private(set) var first: WallTime?
    private(set) var last: WallTime?
    /// Where its latest entry was read.
    private(set) var lastPlace = ""
    /// What its events tell.
    var signs = Signs()

    /// Numbers that are missing.
    struct Gap: Equatable {
        var range: ClosedRange<Int64>
        /// What the place of the gap alone explains.
        var circumstance: GapCause?
        /// Where what follows was read.
        var place: String
        /// When the entries on both sides were written, as far as is known.
        var previous: WallTime?
        var following: WallTime?
    }

    /// What events tell of a run and its log.
    struct Signs: Equatable {
        /// The log takes what the server tells of itself.
        var takesServerEvents = false
        /// The server ended in order.
        var hasEnded = false
        /// The sink that wrote it.
        var sink: String?
    }

    /// Takes an entry into account.
    /// - Parameters:
    ///   - sequence: its number.
    ///   - time: when it was written.
    ///   - gap: makes the gap in front of it, if there is one.
    ///   - isCounted: whether it is told if the number was there already.
    mutating func see(
        _ sequence: Int64,
        at place: String,
        _ time: WallTime?,
        isCounted: Bool,
        gap: (ClosedRange<Int64>) -> Gap
    ) {
        if let time, time.microseconds < first?.microseconds ?? .max { first = time }
        if (time?.microseconds ?? .max) >= (last?.microseconds ?? .min) {
            last = time ?? last
            lastPlace = place
        }
        if sequence == next {
            next += 1
        } else if !fill(sequence...sequence, gap), isCounted {
            doubles += 1
            firstDouble = firstDouble ?? sequence
        }
    }

    /// Takes numbers that came late out of the gap they left, or puts them behind all others.
    /// - Returns: false if one of them was there already; then nothing has changed.
    private mutating func fill(_ numbers: ClosedRange<Int64>, _ gap: (ClosedRange<Int64>) -> Gap) -> Bool {
        if numbers.lowerBound >= next {
            if numbers.lowerBound > next { gaps.append(gap(next...(numbers.lowerBound - 1))) }
            next = numbers.upperBound + 1
            return true
        }
        guard
            let position = gaps.lastIndex(where: {
                $0.range.contains(numbers.lowerBound) && $0.range.contains(numbers.upperBound)
            })
        else { return false }
        let whole = gaps[position]
        var pieces: [Gap] = []
        func keep(_ range: ClosedRange<Int64>) {
            var piece = whole
            piece.range = range
            pieces.append(piece)
        }
        if whole.range.lowerBound < numbers.lowerBound { keep(whole.range.lowerBound...(numbers.lowerBound - 1)) }
        if whole.range.upperBound > numbers.upperBound { keep((numbers.upperBound + 1)...whole.range.upperBound) }
        gaps.replaceSubrange(position...position, with: pieces)
        return true
    }

    /// The numbers that were seen, as ranges between the gaps.
    private var seen: [ClosedRange<Int64>] {
        var start: Int64 = 1
        var ranges: [ClosedRange<Int64>] = []
        for gap in gaps {
            if start < gap.range.lowerBound { ranges.append(start...(gap.range.lowerBound - 1)) }
            start = gap.range.upperBound + 1
        }
        if start < next { ranges.append(start...(next - 1)) }
        return ranges
    }

    /// This run with what another log has of it.
    /// - Returns: nil if it is not the same sequence: they are of different sinks, or have a number in common.
    func joined(with other: AuditedRun) -> AuditedRun? {
        if let sink = signs.sink, let otherSink = other.signs.sink, sink != otherSink { return nil }
        var result = self
        for range in other.seen {
            let isNew = result.fill(range) { missing in
                // What the other log knows of the place, if the gap is the same.
                var gap = other.gaps.last { $0.range.upperBound == missing.upperBound }
                gap?.range = missing
                return gap ?? Gap(range: missing, place: other.lastPlace)
            }
            guard isNew else { return nil }
        }
        result.doubles += other.doubles
        result.firstDouble = firstDouble ?? other.firstDouble
        if let time = other.first, time.microseconds < first?.microseconds ?? .max { result.first = time }
        if let time = other.last, time.microseconds > last?.microseconds ?? .min {
            result.last = time
            result.lastPlace = other.lastPlace
        }
        result.signs.takesServerEvents = signs.takesServerEvents || other.signs.takesServerEvents
        result.signs.hasEnded = signs.hasEnded || other.signs.hasEnded
        result.signs.sink = signs.sink ?? other.signs.sink
        return result
    }
}
