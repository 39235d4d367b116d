//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension EndpointAnswer {
    /// Judges an answer as distribution does: any status from 200 to 399 means that the events have arrived.
    ///
    /// Its client follows redirects, for which most are asked with GET and without the events. Here none is followed, as
    /// headers may be secrets, and so 301, 307 and 308, which ask for the same request at another address (RFC 9110 §15.4),
    /// mean that nobody has the events yet.
    /// - Parameters:
    ///   - retryAfter: the header of that name.
    ///   - location: likewise.
    init(status: Int, retryAfter: String?, location: String?, now: WallTime = .now) {
        switch status {
        case 301, 307, 308:
            let place = location.map { " to \(Self.shown($0))" } ?? ""
            self.init(status: status, failure: "status \(status): redirects\(place), and is not followed; correct url")
        case 200..<400: self.init(status: status)
        case 429, 503:
            let delay = retryAfter.flatMap { HTTPDate.delay(retryAfter: $0, now: now) }
            self.init(status: status, failure: "status \(status)", retryAfter: delay)
        default: self.init(status: status, failure: "status \(status)")
        }
    }

    /// No answer came.
    init(cause: String) { self.init(status: nil, failure: cause) }

    /// An address of another's, without what may be secret in it, and short.
    private static func shown(_ location: String) -> String {
        let text = location.unicodeScalars.prefix { $0 != "?" && $0 != "#" }.prefix(200)
        return String(String.UnicodeScalarView(text.filter { $0.value >= 0x20 && $0.value < 0x7f }))
    }
}
