//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import RegistryTelemetry

@Suite("Trace samplers")
struct TraceSamplerTests {
    private func context(low: UInt64, flags: String? = nil) -> TraceContext {
        var generator = SystemRandomNumberGenerator()
        let trace = WideID(high: 0x1234, low: low)
        // Without a parent the identifier is random, so a trace with a known one always has one here.
        return TraceContext(traceparent: "00-\(trace)-00f067aa0ba902b7-\(flags ?? "00")", using: &generator)
    }

    /// What the SDKs for Go (`binary.BigEndian.Uint64(id[8:16]) >> 1 < uint64(ratio * (1 << 63))`) and Python decide.
    @Test(
        "take the share of traces that OpenTelemetry's own take",
        arguments: [
            (0.5, 0x0000_0000_0000_0000, true), (0.5, 0x7fff_ffff_ffff_ffff, true),
            (0.5, 0x8000_0000_0000_0000, false), (0.5, 0xffff_ffff_ffff_ffff, false),
            // The order of bytes matters: read from the other end these two would change places.
            (0.5, 0x0100_0000_0000_00ff, true), (0.5, 0xff00_0000_0000_0001, false),
            (0.25, 0x3fff_ffff_ffff_ffff, true), (0.25, 0x4000_0000_0000_0000, false),
            (0.01, 0x028f_5c28_f5c2_8f5f, true), (0.01, 0x028f_5c28_f5c2_8f60, false),
            (0.0, 0x0000_0000_0000_0000, false), (1.0, 0xffff_ffff_ffff_ffff, true),
            (0.999_999_9, 0xffff_ffff_ffff_ffff, false),
        ] as [(Double, UInt64, Bool)]
    )
    func ratio(ratio: Double, low: UInt64, isKept: Bool) {
        #expect(TraceSampler.isWithin(ratio, WideID(high: 0xffff_ffff_ffff_ffff, low: low)) == isKept)
        let sampler = TraceSampler(root: .ratio(ratio), followsParent: false)
        #expect(sampler.head(context(low: low)) == (isKept ? .ratio : nil))
    }

    @Test("keep about as many as they should")
    func share() {
        var generator = SystemRandomNumberGenerator()
        let kept = (0..<100_000).count { _ in
            TraceSampler.isWithin(0.1, WideID(high: 1, low: generator.next()))
        }
        // Ten standard deviations.
        #expect((9_050...10_950).contains(kept))
    }

    @Test("follow the caller's decision, if there is one and it counts")
    func parent() {
        let sampler = TraceSampler(root: .always)
        #expect(sampler.head(context(low: 1, flags: "01")) == .parent)
        #expect(sampler.head(context(low: 1, flags: "00")) == nil)
        #expect(TraceSampler(root: .never).head(context(low: 1, flags: "01")) == .parent)
        #expect(TraceSampler(root: .always, followsParent: false).head(context(low: 1, flags: "00")) == .always)
        #expect(TraceSampler(root: .never, followsParent: false).head(context(low: 1, flags: "01")) == nil)
        var generator = SystemRandomNumberGenerator()
        let root = TraceContext(traceparent: nil, using: &generator)
        #expect(sampler.head(root) == .always)
        #expect(TraceSampler(root: .never).head(root) == nil)
    }

    @Test("keep what went wrong, and what took long")
    func tail() {
        let sampler = TraceSampler(root: .never, slow: .seconds(1))
        #expect(sampler.tail(status: 200, wait: .milliseconds(3)) == nil)
        #expect(sampler.tail(status: 404, wait: .milliseconds(3)) == nil)
        #expect(sampler.tail(status: 499, wait: nil) == nil)
        #expect(sampler.tail(status: 500, wait: .milliseconds(3)) == .error)
        #expect(sampler.tail(status: 507, wait: .seconds(3)) == .error)
        #expect(sampler.tail(status: 200, wait: .seconds(1)) == nil)
        #expect(sampler.tail(status: 200, wait: .nanoseconds(1_000_000_001)) == .slow)
        #expect(TraceSampler(root: .never, slow: nil).tail(status: 200, wait: .seconds(99)) == nil)
    }
}
