//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryConfiguration

@Suite("Durations in Go's form")
struct DurationTests {
    @Test(
        "are taken exactly",
        arguments: [
            ("0", Duration.zero), ("10s", .seconds(10)), ("500ms", .milliseconds(500)), ("1h30m", .seconds(5400)),
            ("1.5h", .seconds(5400)), ("168h", .seconds(604_800)), ("7us", .microseconds(7)), ("7µs", .microseconds(7)),
            ("7μs", .microseconds(7)), ("9ns", .nanoseconds(9)), ("-2s", .seconds(-2)), ("+2s", .seconds(2)),
            ("0s", .zero),
            (".5s", .milliseconds(500)), ("1.s", .seconds(1)), ("1h1m1.001s", .milliseconds(3_661_001)),
            ("0.000000001s", .nanoseconds(1)), ("9223372036854775807ns", .nanoseconds(Int64.max)),
            ("1m1m", .seconds(120)),
            ("0.33333333333333333333333h", .nanoseconds(1_199_999_999_999)),
        ]
    )
    func accepted(text: String, expected: Duration) {
        #expect(Duration(goText: text) == expected)
    }

    @Test(
        "have no other form",
        arguments: [
            "", "10", "-", "+", "s", ".s", "1.2.3s", "10 s", " 10s", "10s ", "1d", "1S", "10sec", "1h 30m", "--1s",
            "1e3s",
            "9223372036854775808ns", "9999999999999999999999s", "2562048h", "١s", "1,5s", "s1", "1s1",
        ]
    )
    func refused(text: String) {
        #expect(Duration(goText: text) == nil)
    }
}
