//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// The date of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), in the one form that is still written.
package enum HTTPDate {
    private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    package static func parse(_ text: String) -> WallTime? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: String(words[2])) else {
            return nil
        }
        let number = month + 1 < 10 ? "0\(month + 1)" : "\(month + 1)"
        return WallTime(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z".utf8)
    }

    package static func text(_ time: WallTime) -> String {
        // 2026-11-24T05:23:26Z
        let stamp = time.secondsDescription
        let parts = stamp.prefix(10).split(separator: "-")
        // The first day of 1970 was a Thursday.
        let day = (time.microseconds / 86_400_000_000 + 4) % 7
        let month = Int(parts[1]).map { months[$0 - 1] } ?? ""
        return "\(days[Int(day)]), \(parts[2]) \(month) \(parts[0]) \(stamp.dropFirst(11).prefix(8)) GMT"
    }
}
