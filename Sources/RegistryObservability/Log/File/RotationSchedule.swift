//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Decides when the file that is being written has to end; knows no files.
///
/// Ages run on the monotonic clock, so a clock that is set does not touch them. Marks are the wall clock's: if that goes
/// back by more than an hour, the file counts as begun then, and the next mark is the next that the clock reaches.
struct RotationSchedule {
    private var policy: RotationPolicy
    /// Bytes in the file.
    private(set) var size: Int64 = 0
    /// Since when the file is there.
    private var beginning: MonotonicTime?
    /// The newest wall time that counts as the file's.
    private var newest = WallTime(microseconds: 0)
    private var asked: RotationReason?
    private var backOff = BackOff(first: .seconds(1), longest: .seconds(60))

    /// A clock that goes back by less is a clock being corrected.
    private static let tolerance: Int64 = 3_600_000_000

    init(_ policy: RotationPolicy) { self.policy = policy }

    /// A file was opened.
    /// - Parameters:
    ///   - size: bytes in it already.
    ///   - age: how long ago it was begun.
    ///   - lastWrite: when it was last written to, on the wall clock.
    mutating func begin(size: Int64, age: Duration = .zero, lastWrite: WallTime? = nil, at now: Moment) {
        self.size = size
        self.beginning = now.instant - max(age, .zero)
        self.newest = lastWrite.map { $0.microseconds < now.wall.microseconds ? $0 : now.wall } ?? now.wall
        self.asked = nil
        self.backOff.succeed()
    }

    /// Another policy holds, for the file that is open too.
    mutating func follow(_ policy: RotationPolicy) { self.policy = policy }

    mutating func wrote(_ count: Int) { size += Int64(count) }

    /// Somebody else made the file shorter.
    mutating func shrink(to size: Int64) { self.size = min(self.size, size) }

    /// Asks for the end of the file as soon as it can be.
    mutating func ask(_ reason: RotationReason) { if size > 0 { asked = reason } }

    /// Ending the file failed; it will be tried again, later each time.
    mutating func fail(at now: Moment) { backOff.fail(at: now.instant) }

    /// Whether trying to end the file has to wait.
    func isHeldBack(at now: Moment) -> Bool { backOff.holds(at: now.instant) }

    /// Why the file has to end now, if it has; an empty file never has to.
    mutating func reason(at now: Moment) -> RotationReason? {
        let reason = due(at: now)
        guard size > 0, !isHeldBack(at: now) else { return nil }
        return reason
    }

    private mutating func due(at now: Moment) -> RotationReason? {
        if let mark = policy.mark {
            let (last, this) = (newest.microseconds / mark.microseconds, now.wall.microseconds / mark.microseconds)
            if this > last, size > 0 { return .mark }
            // An empty file is carried over the mark.
            if size == 0 || now.wall.microseconds < newest.microseconds - Self.tolerance { newest = now.wall }
        }
        if let asked { return asked }
        if let maximum = policy.maximumBytes, size >= maximum { return .size }
        if let maximum = policy.maximumAge, let beginning, now.instant - beginning >= maximum { return .age }
        return nil
    }

    /// What of some lines still belongs into this file.
    /// - Parameter isInsideLine: they begin with the rest of a line whose head is in it.
    /// - Returns: bytes up to the end of a line; 0 if the file has to end first.
    func room(for lines: UnsafeBufferPointer<UInt8>, isInsideLine: Bool) -> Int {
        guard let maximum = policy.maximumBytes, size + Int64(lines.count) > maximum else { return lines.count }
        let room = Int(max(0, maximum - size))
        if let end = lines.prefix(room).lastIndex(of: .lineFeed) { return end + 1 }
        guard size == 0 || isInsideLine else { return 0 }
        return lines.firstIndex(of: .lineFeed).map { $0 + 1 } ?? lines.count
    }
}

/// A moment on both clocks: of the wall, which is set now and then, and the one that only runs.
package struct Moment: Sendable {
    package var wall: WallTime
    package var instant: MonotonicTime

    package init(wall: WallTime, instant: MonotonicTime) {
        self.wall = wall
        self.instant = instant
    }

    package static var now: Moment { Moment(wall: .now, instant: .now) }
}

extension UInt8 {
    static let lineFeed = UInt8(ascii: "\n")
}
