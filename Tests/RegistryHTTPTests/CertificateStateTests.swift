//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryHTTP

@Suite("When a certificate is read again, and when its end is told")
struct CertificateStateTests {
    @Test("Files that stay as they are are not read again")
    func unchanged() {
        var state = CertificateState([1, 1])
        let looks = [state.shouldRead([1, 1]), state.shouldRead([1, 1])]
        #expect(looks == [false, false])
    }

    @Test("Files that change are read at the second look that finds them the same, and once")
    func changed() {
        var state = CertificateState([1, 1])
        let looks = [state.shouldRead([2, 1]), state.shouldRead([2, 2]), state.shouldRead([2, 2])]
        #expect(looks == [false, false, true])
        state.reads([2, 2])
        let again = state.shouldRead([2, 2])
        #expect(!again)
    }

    @Test("Files that are read on demand are not read again for that")
    func demanded() {
        var state = CertificateState([1])
        let first = state.shouldRead([2])
        state.reads([2])
        let second = state.shouldRead([2])
        #expect(!first && !second)
    }

    private static let day: Int64 = 86_400 * 1_000_000

    private func day(_ number: Int64) -> WallTime { WallTime(microseconds: number * Self.day) }

    private func before(_ number: Int64) -> WallTime { WallTime(microseconds: number * Self.day - 1) }

    @Test("The end is told from 30 days before, once a day, and after it too")
    func end() {
        var state = CertificateState([1])
        let told = [before(70), day(70), before(71), day(71), day(101)].map {
            state.shouldWarn(notAfter: day(100), now: $0)
        }
        #expect(told == [false, true, false, true, true])
    }

    @Test("The end of a certificate that has just been read is told at once")
    func endOfNew() {
        var state = CertificateState([1])
        let first = state.shouldWarn(notAfter: day(20), now: day(1))
        state.reads([2])
        let second = state.shouldWarn(notAfter: day(25), now: day(1))
        #expect(first && second)
    }
}
