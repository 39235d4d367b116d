//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Ranges of chunks")
struct ChunkRangeTests {
    @Test(
        "have a first and a last byte",
        arguments: [
            ("0-0", 0, 0, 1), ("0-9", 0, 9, 10), ("10-10", 10, 10, 1), ("5-1000000", 5, 1_000_000, 999_996),
            ("bytes 0-9/10", 0, 9, 10), ("bytes 0-9/*", 0, 9, 10), ("0-9/10", 0, 9, 10), ("00-09", 0, 9, 10),
            ("0-9223372036854775806", 0, Int64.max - 1, Int64.max),
            ("9223372036854775806-9223372036854775806", Int64.max - 1, Int64.max - 1, 1),
        ] as [(String, Int64, Int64, Int64)]
    )
    func accepted(header: String, start: Int64, end: Int64, count: Int64) throws {
        let range = try ChunkRange(header: header)
        #expect(range.start == start)
        #expect(range.end == end)
        #expect(range.count == count)
    }

    @Test(
        "have no other form",
        arguments: [
            "", "-", "0-", "-9", "0", "9-0", "1-0", "a-b", "0-b", "a-9", "0--9", "0-9-10", "-1-9", "+0-9", "0-+9",
            " 0-9",
            "0-9 ", "0 -9", "0- 9", "0-9,10-19", "bytes=0-9", "bytes0-9", "bytes  0-9", "BYTES", "0x0-9", "0.0-9",
            "1e1-20",
            "0-9223372036854775807", "0-9223372036854775808", "9223372036854775808-9223372036854775809",
            "0-99999999999999999999999999999", "٠-٩", "0–9", "0-9\0", "0\0-9", "0-9\n", "/", "/10", "0-/10",
            "bytes */10",
        ]
    )
    func refused(header: String) {
        do {
            let range = try ChunkRange(header: header)
            Issue.record("taken as \(range)")
        } catch {
            #expect(error.code == .rangeInvalid)
            #expect(error.status == 400)
        }
    }
}
