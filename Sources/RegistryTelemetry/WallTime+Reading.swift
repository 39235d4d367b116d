//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension WallTime {
    /// Reads RFC 3339 with or without a fraction and with any offset, such as `2026-11-24T05:23:26.123456Z`.
    package init?(rfc3339 text: some Collection<UInt8>) {
        var reader = DigitReader(Array(text))
        guard let day = reader.date(), reader.take("T") || reader.take("t") || reader.take(" "),
            let time = reader.time(), let offset = reader.offset(), reader.isAtEnd,
            let wall = WallTime(day, time)
        else { return nil }
        self.init(microseconds: wall.microseconds - Int64(offset) * 60_000_000)
    }

    /// Reads a time as an operator gives it.
    /// - Parameters:
    ///   - text: RFC 3339; `2026-11-24` or `2026-11-24 10:30`, in UTC; `now`, `today`, `yesterday`; or how long ago:
    ///     `90s`, `15m`, `2h`, `7d`.
    ///   - now: what the last kinds are counted from.
    package init?(given text: String, now: WallTime) {
        let day: Int64 = 86_400_000_000
        let midnight = now.microseconds / day * day
        switch text {
        case "now": self = now
        case "today": self.init(microseconds: midnight)
        case "yesterday": self.init(microseconds: midnight - day)
        default:
            if let time = WallTime(rfc3339: text.utf8) {
                self = time
            } else if let ago = Self.ago(text) {
                self.init(microseconds: now.microseconds - ago)
            } else {
                var reader = DigitReader(Array(text.utf8))
                guard let day = reader.date() else { return nil }
                let hasTime = reader.take(" ") || reader.take("T")
                let time = hasTime ? reader.time() : DigitReader.Time()
                guard let time, reader.isAtEnd, let wall = WallTime(day, time) else { return nil }
                self = wall
            }
        }
    }

    private init?(_ day: DigitReader.Day, _ time: DigitReader.Time) {
        self.init(
            year: day.year,
            month: day.month,
            day: day.day,
            hour: time.hour,
            minute: time.minute,
            second: time.second,
            microsecond: time.microsecond
        )
    }

    private static func ago(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800]
        let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
        guard let last = digits.last, let unit = units[last], let count = Int64(digits.dropLast()), count >= 0,
            count < 1_000_000
        else { return nil }
        return count * unit * 1_000_000
    }
}

/// Reads numbers of fixed length.
private struct DigitReader {
    private let bytes: [UInt8]
    private var position = 0

    struct Day {
        var year = 0, month = 0, day = 0
    }

    struct Time {
        var hour = 0, minute = 0, second = 0, microsecond = 0
    }

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func number(_ digits: Int) -> Int? {
        guard position + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<(position + digits)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = 10 * value + Int(byte - UInt8(ascii: "0"))
        }
        position += digits
        return value
    }

    mutating func date() -> Day? {
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else { return nil }
        return Day(year: year, month: month, day: day)
    }

    /// Hours and minutes, and if there are any, seconds and their fraction.
    mutating func time() -> Time? {
        guard let hour = number(2), take(":"), let minute = number(2) else { return nil }
        var time = Time(hour: hour, minute: minute)
        guard take(":") else { return time }
        guard let second = number(2) else { return nil }
        time.second = second
        guard take(".") else { return time }
        var weight = 100_000
        var digits = 0
        while let digit = number(1) {
            time.microsecond += digit * weight
            weight /= 10
            digits += 1
        }
        return digits > 0 ? time : nil
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign = take("+") ? 1 : take("-") ? -1 : 0
        guard sign != 0, let hours = number(2), take(":"), let minutes = number(2) else { return nil }
        return sign * (60 * hours + minutes)
    }
}
