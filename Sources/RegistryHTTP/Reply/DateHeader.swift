//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import Synchronization

/// The `Date` header (RFC 9110 §6.6.1), made once a second.
enum DateHeader {
    private static let cached = Mutex((second: Int(0), text: ""))

    static var value: String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        return cached.withLock { cached in
            if cached.second != now.tv_sec { cached = (now.tv_sec, text(now.tv_sec)) }
            return cached.text
        }
    }

    private static func text(_ second: Int) -> String {
        var (second, parts) = (time_t(second), tm())
        gmtime_r(&second, &parts)
        func two(_ value: CInt) -> String { value < 10 ? "0\(value)" : "\(value)" }
        let day = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"][Int(parts.tm_wday)]
        let month = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][
            Int(parts.tm_mon)
        ]
        let time = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "\(day), \(two(parts.tm_mday)) \(month) \(parts.tm_year + 1900) \(time) GMT"
    }
}
