//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@Suite("A moment of the clock that never jumps")
struct MonotonicTimeTests {
    @Test("is that of the standard library's continuous clock")
    func agreement() {
        let clock = ContinuousClock()
        let (outerStart, start) = (clock.now, MonotonicTime.now)
        let (end, outerEnd) = (MonotonicTime.now, clock.now)
        #expect(end >= start)
        #expect(end - start <= outerEnd - outerStart)
        #expect(end - start >= .zero)
    }

    @Test("is as far from another as was added to it")
    func arithmetic() {
        let start = MonotonicTime.now
        #expect(start + .nanoseconds(1) > start)
        #expect(start - .nanoseconds(1) < start)
        #expect((start + .seconds(90)) - start == .seconds(90))
        #expect(start - (start + .milliseconds(3)) == .milliseconds(-3))
        var later = start
        later += .microseconds(7)
        #expect(later - start == .microseconds(7))
    }

    @Test("ends in centuries, whatever is added", arguments: [Duration.seconds(Int64.max), .seconds(Int64.min)])
    func limits(duration: Duration) {
        let start = MonotonicTime.now
        var far = start
        for _ in 0..<5 { far += duration }
        #expect((far > start) == (duration > .zero))
        #expect(far + duration == far)
    }
}
