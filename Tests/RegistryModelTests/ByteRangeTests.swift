//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Ranges of downloads (RFC 9110, section 14)")
struct ByteRangeTests {
    @Test(
        "name a part of the content",
        arguments: [
            ("bytes=0-0", 0..<1), ("bytes=0-9", 0..<10), ("bytes=0-99", 0..<100), ("bytes=99-99", 99..<100),
            ("bytes=10-", 10..<100), ("bytes=0-", 0..<100), ("bytes=99-", 99..<100), ("bytes=-1", 99..<100),
            ("bytes=-100", 0..<100),
            // Beyond the end is up to the end, however far.
            ("bytes=50-100", 50..<100), ("bytes=50-9223372036854775807", 50..<100),
            ("bytes=50-99999999999999999999999999", 50..<100), ("bytes=-101", 0..<100),
            ("bytes=-99999999999999999999999999", 0..<100), ("bytes=007-0009", 7..<10),
            // Units are compared without case (section 14.1).
            ("Bytes=0-9", 0..<10), ("BYTES=0-9", 0..<10), (" bytes=0-9 ", 0..<10), ("bytes= 0-9", 0..<10),
        ] as [(String, Range<Int64>)]
    )
    func part(header: String, expected: Range<Int64>) {
        #expect(ByteRange(header: header, size: 100) == .part(expected))
    }

    @Test(
        "that lie outside, or are none, cannot be satisfied",
        arguments: [
            "bytes=100-", "bytes=100-200", "bytes=9223372036854775807-", "bytes=99999999999999999999-", "bytes=-0",
            "bytes=5-2", "bytes=-", "bytes=", "bytes=a-b", "bytes=1", "bytes=1-2-3", "bytes=--1", "bytes=1--2",
            "bytes=-1-2",
            "bytes=+1-2", "bytes=0x1-2", "bytes=1-a", "bytes=a-1", "bytes=-a", "bytes", "bytes 0-9", "bytes=٠-٩",
            "bytes=1.0-2", "bytes=1 2-30", "bytes=1-2 3", "bytes=0-9\0", "bytes=0 - 9",
        ]
    )
    func unsatisfiable(header: String) {
        #expect(ByteRange(header: header, size: 100) == .unsatisfiable)
    }

    @Test(
        "of other units and several at once are answered with all of the content",
        arguments: [
            "", "items=0-9", "bytesx=0-9", "x-bytes=0-9", "0-9", "bytes=0-9,20-29", "bytes=0-9, 20-29", "seconds=1-2",
        ]
    )
    func whole(header: String) {
        #expect(ByteRange(header: header, size: 100) == .whole)
    }

    @Test(
        "of empty content cannot be satisfied",
        arguments: ["bytes=0-", "bytes=0-0", "bytes=-1", "bytes=-5", "bytes=1-"]
    )
    func empty(header: String) {
        #expect(ByteRange(header: header, size: 0) == .unsatisfiable)
    }

    @Test("never leave the content")
    func inside() {
        let numbers = ["", "0", "1", "4", "5", "6", "9223372036854775807", "9223372036854775808"]
        for size in [0, 1, 5, Int64.max] {
            for first in numbers {
                for last in numbers {
                    guard case .part(let part) = ByteRange(header: "bytes=\(first)-\(last)", size: size) else {
                        continue
                    }
                    #expect(!part.isEmpty && part.lowerBound >= 0 && part.upperBound <= size)
                }
            }
        }
    }
}
