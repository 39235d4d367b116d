//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Made-up records that the tests share.
enum Sample {
    static func record(
        _ method: String = "GET",
        route: RouteName = .manifest,
        status: Int = 200,
        isAborted: Bool = false,
        isBrokenOff: Bool = false,
        error: ErrorCode? = nil
    ) -> RequestRecord {
        var generator = SystemRandomNumberGenerator()
        var record = RequestRecord(
            start: WallTime(microseconds: 0),
            startInstant: .now,
            requestID: WideID(high: 1, low: 2),
            trace: TraceContext(traceparent: nil, using: &generator),
            method: method
        )
        record.route = route
        record.status = status
        record.isAborted = isAborted
        record.isBrokenOff = isBrokenOff
        record.error = error.map { RegistryError($0) }
        return record
    }
}

/// Counts from a start, so that what is random otherwise can be told.
struct Counting: RandomNumberGenerator {
    var value: UInt64

    mutating func next() -> UInt64 {
        value += 1
        return value
    }
}
