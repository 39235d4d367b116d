//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A moment of the wall clock, for people and logs; durations never come from it.
package struct WallTime: Sendable, Equatable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    package let microseconds: Int64

    package init(microseconds: Int64) { self.microseconds = microseconds }

    /// The time now.
    package static var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000)
    }

    /// Length of the text that `write(to:)` writes, in bytes: `2026-11-24T05:23:26.123456Z`.
    package static let textLength = 27

    /// Writes the time in the form of RFC 3339, in UTC with microseconds.
    ///
    /// Years 0 to 9999.
    /// - Parameter buffer: at least ``textLength`` bytes.
    package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) {
        let fields = calendarFields
        var position = 0
        func put(_ value: Int, digits: Int, then separator: Unicode.Scalar) {
            var rest = value
            for offset in stride(from: digits - 1, through: 0, by: -1) {
                buffer[position + offset] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
                rest /= 10
            }
            buffer[position + digits] = UInt8(ascii: separator)
            position += digits + 1
        }
        put(fields.year, digits: 4, then: "-")
        put(fields.month, digits: 2, then: "-")
        put(fields.day, digits: 2, then: "T")
        put(fields.second / 3600, digits: 2, then: ":")
        put(fields.second / 60 % 60, digits: 2, then: ":")
        put(fields.second % 60, digits: 2, then: ".")
        put(fields.microsecond, digits: 6, then: "Z")
    }

    /// RFC 3339 in UTC with microseconds.
    package var description: String {
        String(unsafeUninitializedCapacity: Self.textLength) { buffer in
            write(to: buffer)
            return Self.textLength
        }
    }

    /// RFC 3339 in UTC with whole seconds: `2026-11-24T05:23:26Z`.
    package var secondsDescription: String { description.prefix(19) + "Z" }

    /// The date by the proleptic Gregorian calendar, counted in years that begin on 1 March, so that the leap day is last.
    private var calendarFields: (year: Int, month: Int, day: Int, second: Int, microsecond: Int) {
        let second = Int(microseconds / 1_000_000)
        let days = second / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (
            year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
            month: month,
            day: dayOfYear - (153 * shifted + 2) / 5 + 1,
            second: second % 86_400,
            microsecond: Int(microseconds % 1_000_000)
        )
    }
}
