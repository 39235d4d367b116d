//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@Suite("Dates in HTTP")
struct HTTPDateTests {
    @Test(
        "are written as they are read",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("Wed, 01 Mar 2000 12:00:00 GMT", 951_912_000),
        ]
    )
    func both(text: String, seconds: Int64) {
        let time = WallTime(microseconds: seconds * 1_000_000)
        #expect(HTTPDate.time(text) == time)
        #expect(HTTPDate.text(time) == text)
    }

    @Test(
        "have one form",
        arguments: ["yesterday", "", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "6 Nov 1994"]
    )
    func others(text: String) { #expect(HTTPDate.time(text) == nil) }
}
