//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// Follows the numbers of one log's entries and finds what is missing and why, what stands there twice, and what has no
/// end.
///
/// Pure: it knows neither files nor lines. Its memory grows with the number of gaps, not of entries.
struct SequenceAudit {
    private var runs: [String: AuditedRun] = [:]
    /// In the order in which they were met.
    private var epochs: [String] = []
    /// Announced losses by epoch.
    private var announced: [String: [(range: ClosedRange<Int64>, cause: GapCause)]] = [:]
    /// Announced losses of entries that never had a number.
    private(set) var losses: [NumberlessLoss] = []
    private var removals: [(first: EntryNumber, last: EntryNumber)] = []
    /// Why numbers before the first entry are missing, and when it was written.
    private var opening: GapCause?
    private var openingTime: WallTime?
    private var latest: WallTime?
    private let window: TimeWindow

    /// - Parameter window: what is wholly outside of it is not told.
    init(_ window: TimeWindow) { self.window = window }

    /// Where entries are read.
    struct Place {
        var name: String
        /// Why the log does not reach back to its beginning, if it begins here.
        var opening: GapCause?
    }

    /// Whether nothing was seen yet.
    var isEmpty: Bool { epochs.isEmpty }

    /// An entry was read.
    /// - Parameter time: when it was written; nil if it does not tell.
    mutating func see(_ number: EntryNumber, at place: Place, _ time: WallTime?) {
        var run: AuditedRun
        if let known = runs.removeValue(forKey: number.epoch) {
            run = known
        } else {
            run = AuditedRun()
            epochs.append(number.epoch)
        }
        if epochs.count == 1, run.next == 1 { (opening, openingTime) = (place.opening, time) }
        // A run that began before the log does has no beginning in it; once it was met, it must go on.
        let isCutOff = run.next == 1 && (epochs.count == 1 || isBeforeOpening(time))
        run.see(number.sequence, at: place.name, time, isCounted: window.contains(time)) { range in
            AuditedRun.Gap(
                range: range,
                circumstance: isCutOff ? opening : nil,
                place: place.name,
                previous: latest,
                following: time
            )
        }
        runs[number.epoch] = run
        latest = time ?? latest
    }

    private func isBeforeOpening(_ time: WallTime?) -> Bool {
        guard let time else { return false }
        let bounds = [openingTime, opening == .outsideWindow ? window.since : nil]
        return bounds.contains { $0.map { time.microseconds < $0.microseconds } ?? false }
    }

    /// The log told something of a run, one of whose entries was read.
    mutating func note(of epoch: String, _ change: (inout AuditedRun.Signs) -> Void) {
        change(&runs[epoch, default: AuditedRun()].signs)
    }

    /// The log told that entries were lost.
    mutating func announce(_ range: ClosedRange<Int64>, of epoch: String, cause: GapCause) {
        announced[epoch, default: []].append((range, cause))
    }

    /// Entries that were lost before they had a number, so that they leave no gap.
    struct NumberlessLoss {
        let epoch: String
        let sink: String?
        let cause: GapCause
        fileprivate(set) var count: Int64
    }

    /// The log told that entries were lost that never had a number.
    /// - Parameter sink: which lost them; the sinks of a run tell of those of a sink that cannot.
    mutating func announceLoss(_ count: Int64, of epoch: String, sink: String?, cause: GapCause, at time: WallTime?) {
        guard window.contains(time) else { return }
        let same = losses.firstIndex { $0.epoch == epoch && $0.sink == sink && $0.cause == cause }
        guard let same else { return losses.append(.init(epoch: epoch, sink: sink, cause: cause, count: count)) }
        losses[same].count.add(saturating: count)
    }

    /// The log told that a file was removed.
    mutating func announceRemoval(from first: EntryNumber, to last: EntryNumber) { removals.append((first, last)) }

    /// This log with the entries of another that has other numbers of the same runs.
    ///
    /// Such is a file of it that was given another name.
    /// - Returns: nil if they have no run in common, or are not of one sequence.
    func joined(with other: SequenceAudit) -> SequenceAudit? {
        var result = self
        var hasCommonRun = false
        for epoch in other.epochs {
            guard let theirs = other.runs[epoch] else { continue }
            if let ours = runs[epoch] {
                guard let both = ours.joined(with: theirs) else { return nil }
                result.runs[epoch] = both
                hasCommonRun = true
            } else {
                result.runs[epoch] = theirs
                result.epochs.append(epoch)
            }
        }
        guard hasCommonRun else { return nil }
        result.announced.merge(other.announced) { $0 + $1 }
        result.losses += other.losses
        result.removals += other.removals
        return result
    }

    // MARK: Findings

    /// All gaps with their causes, cut where one cause ends and another begins.
    var gaps: [(epoch: String, range: ClosedRange<Int64>, cause: GapCause, place: String)] {
        epochs.flatMap { epoch in
            (runs[epoch]?.gaps ?? []).filter { window.touches(from: $0.previous, to: $0.following) }.flatMap { gap in
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

    /// Runs that did not end in order, as far as the log can tell: another began later, or too long nothing came.
    /// - Parameter now: when the log was read.
    func endless(_ now: WallTime) -> [(epoch: String, lastNumber: Int64, last: WallTime?, place: String)] {
        let takesServerEvents = runs.values.contains { $0.signs.takesServerEvents }
        return epochs.enumerated().compactMap { position, epoch in
            guard let run = runs[epoch], !run.signs.hasEnded, window.contains(run.last) else { return nil }
            // A run of which only the end is there tells by the others whether the log takes such events.
            let hasBeginning = run.gaps.first?.range.lowerBound != 1
            guard run.signs.takesServerEvents || !hasBeginning && takesServerEvents else { return nil }
            let isFollowed = epochs.enumerated().contains { other, name in
                guard let last = run.last, let began = runs[name]?.first else { return other > position }
                return began.microseconds > last.microseconds
            }
            let isSilent = run.last.map { $0.microseconds + Self.silence < now.microseconds } ?? false
            guard isFollowed || isSilent && window.until == nil else { return nil }
            return (epoch, run.next - 1, run.last, run.lastPlace)
        }
    }

    /// In microseconds: three times what a sink is ever silent for, as it writes a heartbeat once a minute.
    private static let silence: Int64 = 180_000_000

    /// The runs with entries in the time of interest.
    var runCount: Int { runs.values.count { window.touches(from: $0.first, to: $0.last) } }

    private func explain(_ gap: AuditedRun.Gap, of epoch: String) -> [(range: ClosedRange<Int64>, cause: GapCause)] {
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
