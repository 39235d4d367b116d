//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The trace that a request belongs to, and its own span in it.
///
/// Source: W3C Trace Context, `traceparent`: `00-<32 hex trace>-<16 hex parent>-<2 hex flags>`.
package struct TraceContext: Sendable, Equatable {
    package let traceID: WideID
    package let spanID: UInt64
    /// The caller's span; nil when the trace begins here.
    package let parentSpanID: UInt64?
    package let isSampled: Bool
    /// The caller's `tracestate`, checked and else untouched; nil when it sent none, or no trace.
    package let state: String?

    /// Continues the caller's trace, or begins one when there is none or it is malformed.
    package init(
        traceparent: String?,
        tracestate: String? = nil,
        using generator: inout some RandomNumberGenerator
    ) {
        self.spanID = Self.identifier(from: &generator)
        if let traceparent, let parent = Self.parse(traceparent) {
            self.traceID = parent.trace
            self.parentSpanID = parent.span
            self.isSampled = parent.flags & 1 == 1
            self.state = tracestate.flatMap { TraceState.checked($0) }
        } else {
            self.traceID = WideID(
                high: Self.identifier(from: &generator),
                low: Self.identifier(from: &generator)
            )
            self.parentSpanID = nil
            self.isSampled = false
            self.state = nil
        }
    }

    /// A number other than 0, but not by `random(in:using:)`, which is slow for a generator whose type is not known here.
    private static func identifier(from generator: inout some RandomNumberGenerator) -> UInt64 {
        while true {
            let number: UInt64 = generator.next()
            if number != 0 { return number }
        }
    }

    /// Version 00 has exactly 55 bytes; higher versions may go on after another dash; ff is forbidden.
    static func parse(_ text: String) -> (trace: WideID, span: UInt64, flags: UInt64)? {
        let bytes = Array(text.utf8.prefix(56))
        guard bytes.count >= 55, bytes[2] == dash, bytes[35] == dash, bytes[52] == dash,
            let version = number(bytes[0..<2]), version != 0xff,
            version == 0 ? bytes.count == 55 : (bytes.count == 55 || bytes[55] == dash),
            let high = number(bytes[3..<19]), let low = number(bytes[19..<35]),
            let span = number(bytes[36..<52]), span != 0,
            let flags = number(bytes[53..<55])
        else { return nil }
        let trace = WideID(high: high, low: low)
        return trace.isZero ? nil : (trace, span, flags)
    }

    /// `traceresponse`, and the `traceparent` of calls made for this request: `00-<trace>-<span>-<flags>`.
    ///
    /// Source: W3C Trace Context Level 2, "Trace Context HTTP Response Headers Format".
    /// - Parameters:
    ///   - spanID: of the span that the header is about; nil for the request's own.
    ///   - isSampled: what is known of it now.
    package func header(spanID: UInt64? = nil, isSampled: Bool) -> String {
        Self.header(traceID: traceID, spanID: spanID ?? self.spanID, isSampled: isSampled)
    }

    static func header(traceID: WideID, spanID: UInt64, isSampled: Bool) -> String {
        String(unsafeUninitializedCapacity: 55) { buffer in
            for position in buffer.indices { buffer[position] = UInt8(ascii: "0") }
            for position in [2, 35, 52] { buffer[position] = dash }
            writeHexadecimal(traceID.high, to: .init(rebasing: buffer[3..<19]))
            writeHexadecimal(traceID.low, to: .init(rebasing: buffer[19..<35]))
            writeHexadecimal(spanID, to: .init(rebasing: buffer[36..<52]))
            if isSampled { buffer[54] = UInt8(ascii: "1") }
            return 55
        }
    }

    private static let dash = UInt8(ascii: "-")

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}
