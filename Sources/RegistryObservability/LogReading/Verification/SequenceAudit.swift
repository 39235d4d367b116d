//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Follows the numbers of one log's entries and finds what is missing, what stands there twice, and why.
///
/// Pure: it knows neither files nor lines. Its memory grows with the number of gaps, not of entries.
struct SequenceAudit {
    private var runs: [String: Run] = [:]
    /// In the order in which they were met.
    private var epochs: [String] = []
    /// Announced losses by epoch.
    private var announced: [String: [(range: ClosedRange<Int64>, cause: GapCause)]] = [:]
    private var removals: [(first: EntryNumber, last: EntryNumber)] = []
    private(set) var entries: Int64 = 0

    fileprivate struct Run {
        var next: Int64 = 1
        var gaps: [Gap] = []
        var doubles: Int64 = 0
        var firstDouble: Int64?
    }

    /// Numbers that are missing.
    struct Gap: Equatable {
        var range: ClosedRange<Int64>
        /// What the place of the gap alone explains.
        var circumstance: GapCause?
        /// Where what follows was read.
        var place: String
    }

    /// What is known of a place where entries may be missing.
    struct Place {
        var name: String
        /// Files in front of this one are gone, or none of the log's beginning is there.
        var isAfterRemoval = false
        /// The source begins here, and does not reach back to the beginning of the log.
        var opening: GapCause?
    }

    /// An entry was read.
    mutating func see(_ number: EntryNumber, at place: Place) {
        entries += 1
        var run: Run
        if let known = runs.removeValue(forKey: number.epoch) {
            run = known
        } else {
            run = Run()
            epochs.append(number.epoch)
        }
        defer { runs[number.epoch] = run }
        if number.sequence == run.next {
            run.next += 1
        } else if number.sequence > run.next {
            let isOpening = run.next == 1 && epochs.count == 1
            run.gaps.append(
                Gap(
                    range: run.next...(number.sequence - 1),
                    circumstance: place.isAfterRemoval ? .rotationRemoved : isOpening ? place.opening : nil,
                    place: place.name
                )
            )
            run.next = number.sequence + 1
        } else if !run.fill(number.sequence) {
            run.doubles += 1
            run.firstDouble = run.firstDouble ?? number.sequence
        }
    }

    /// The log told that entries were lost.
    mutating func announce(_ range: ClosedRange<Int64>, of epoch: String, cause: GapCause) {
        announced[epoch, default: []].append((range, cause))
    }

    /// The log told that a file was removed.
    mutating func announceRemoval(from first: EntryNumber, to last: EntryNumber) { removals.append((first, last)) }

    // MARK: Findings

    /// All gaps with their causes, cut where one cause ends and another begins.
    var gaps: [(epoch: String, range: ClosedRange<Int64>, cause: GapCause, place: String)] {
        epochs.flatMap { epoch in
            (runs[epoch]?.gaps ?? []).flatMap { gap in
                explain(gap, of: epoch).map { (epoch, $0.range, $0.cause, gap.place) }
            }
        }
    }

    /// Numbers that came more than once: by epoch, how many, and the first of them.
    var doubles: [(epoch: String, count: Int64, first: Int64)] {
        epochs.compactMap { epoch in
            guard let run = runs[epoch], let first = run.firstDouble else { return nil }
            return (epoch, run.doubles, first)
        }
    }

    var runCount: Int { epochs.count }

    private func explain(_ gap: Gap, of epoch: String) -> [(range: ClosedRange<Int64>, cause: GapCause)] {
        var parts: [(range: ClosedRange<Int64>, cause: GapCause)] = []
        var rest = [gap.range]
        let known =
            (announced[epoch] ?? [])
            + removals.compactMap { removal in
                range(of: removal, in: epoch).map { ($0, GapCause.rotationRemoved) }
            }
        for (range, cause) in known {
            rest = rest.flatMap { piece -> [ClosedRange<Int64>] in
                guard piece.overlaps(range) else { return [piece] }
                let part = piece.clamped(to: range)
                parts.append((part, cause))
                var left: [ClosedRange<Int64>] = []
                if piece.lowerBound < part.lowerBound { left.append(piece.lowerBound...(part.lowerBound - 1)) }
                if piece.upperBound > part.upperBound { left.append((part.upperBound + 1)...piece.upperBound) }
                return left
            }
        }
        parts += rest.map { ($0, gap.circumstance ?? .unexplained) }
        return parts.sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// What of a run stood in a removed file.
    private func range(of removal: (first: EntryNumber, last: EntryNumber), in epoch: String) -> ClosedRange<Int64>? {
        switch (removal.first.epoch == epoch, removal.last.epoch == epoch) {
        case (true, true):
            removal.first.sequence <= removal.last.sequence ? removal.first.sequence...removal.last.sequence : nil
        case (true, false): removal.first.sequence...Int64.max
        case (false, true): 1...max(1, removal.last.sequence)
        case (false, false): nil
        }
    }
}

extension SequenceAudit.Run {
    /// Takes a number that came late out of the gap it left.
    /// - Returns: false if it was there already.
    fileprivate mutating func fill(_ sequence: Int64) -> Bool {
        guard let position = gaps.lastIndex(where: { $0.range.contains(sequence) }) else { return false }
        let gap = gaps[position]
        var pieces: [SequenceAudit.Gap] = []
        func keep(_ range: ClosedRange<Int64>) {
            var piece = gap
            piece.range = range
            pieces.append(piece)
        }
        if gap.range.lowerBound < sequence { keep(gap.range.lowerBound...(sequence - 1)) }
        if gap.range.upperBound > sequence { keep((sequence + 1)...gap.range.upperBound) }
        gaps.replaceSubrange(position...position, with: pieces)
        return true
    }
}

/// Why entries are missing.
package enum GapCause: Sendable, Equatable {
    /// The log itself told of it, with the reason.
    case dropped(String)
    /// Retention, or somebody, removed rotated files.
    case rotationRemoved
    /// The journal keeps no more than its limits allow.
    case evicted
    /// Reading began later, as was asked for.
    case outsideWindow
    case unexplained

    package var text: String {
        switch self {
        case .dropped(let reason): "dropped: \(reason)"
        case .rotationRemoved: "rotation removed"
        case .evicted: "evicted from the journal"
        case .outsideWindow: "before --since"
        case .unexplained: "unexplained"
        }
    }
}
