//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Dates in the one form that senders of HTTP may use: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
package enum HTTPDate {
    private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// - Returns: nil for text of any other form; the day of the week is not looked at.
    package static func time(_ text: String) -> WallTime? {
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0].utf8.count == 4, parts[0].hasSuffix(","), parts[5] == "GMT",
            let day = number(parts[1], in: 1...31), let month = months.firstIndex(of: String(parts[2])),
            parts[3].utf8.count == 4, let year = number(parts[3], in: 1970...9999)
        else { return nil }
        let clock = parts[4].split(separator: ":", omittingEmptySubsequences: false)
        guard clock.count == 3, let hour = number(clock[0], in: 0...23), let minute = number(clock[1], in: 0...59),
            let second = number(clock[2], in: 0...60)
        else { return nil }
        let seconds = (days(year, month + 1, day) * 24 + hour) * 3600 + minute * 60 + second
        return WallTime(microseconds: Int64(seconds) * 1_000_000)
    }

    package static func text(_ time: WallTime) -> String {
        // 2026-11-24T05:23:26Z
        let stamp = time.secondsDescription
        let parts = stamp.prefix(10).split(separator: "-")
        // The first day of 1970 was a Thursday.
        let weekday = (time.microseconds / 86_400_000_000 + 4) % 7
        let month = Int(parts[1]).map { months[$0 - 1] } ?? ""
        return "\(weekdays[Int(weekday)]), \(parts[2]) \(month) \(parts[0]) \(stamp.dropFirst(11).prefix(8)) GMT"
    }

    /// How long `Retry-After` asks to wait: seconds, or until a date (RFC 9110 §10.2.3).
    /// - Returns: nil for what is neither.
    package static func delay(retryAfter header: String, now: WallTime = .now) -> Duration? {
        if let seconds = Int64(header) { return seconds >= 0 ? .seconds(min(seconds, 1 << 32)) : nil }
        return time(header).map { .microseconds(max(0, $0.microseconds - now.microseconds)) }
    }

    private static func number(_ text: Substring, in range: ClosedRange<Int>) -> Int? {
        guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), range.contains(number)
        else {
            return nil
        }
        return number
    }

    /// Days since 1970 by the Gregorian calendar, in years that begin on 1 March so that the leap day is last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}
