//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Decides which requests' spans are kept.
///
/// What the trace says is known at the start, and is what callers are told; what becomes of a request is known at its
/// end. Both can keep it, so a trace that nobody asked for is still there when something went wrong.
package struct TraceSampler: Sendable, Equatable {
    /// For traces that begin here, and for all where the caller's word does not count.
    package let root: Root
    /// Whether the caller's decision is followed.
    package let followsParent: Bool
    /// A request that keeps its client waiting for longer is kept; nil keeps none for that.
    package let slow: Duration?

    package init(root: Root, followsParent: Bool = true, slow: Duration? = nil) {
        self.root = root
        self.followsParent = followsParent
        self.slow = slow
    }

    package enum Root: Sendable, Equatable {
        case always
        case never
        /// This share of all traces, 0 to 1.
        case ratio(Double)
    }

    /// What the trace says, before anything is done.
    package func head(_ trace: TraceContext) -> SamplingReason? {
        if followsParent, trace.parentSpanID != nil { return trace.isSampled ? .parent : nil }
        switch root {
        case .always: return .always
        case .never: return nil
        case .ratio(let ratio): return Self.isWithin(ratio, trace.traceID) ? .ratio : nil
        }
    }

    /// What became of the request.
    /// - Parameters:
    ///   - status: of its answer, whether or not the client was still there.
    ///   - wait: how long the client waited for its answer, its own sending not counted.
    package func tail(status: Int, wait: Duration?) -> SamplingReason? {
        if status >= 500 { return .error }
        if let slow, let wait, wait > slow { return .slow }
        return nil
    }

    /// Whether a trace is in a share of all, by the low eight bytes of its identifier in big-endian order.
    ///
    /// Source: OpenTelemetry specification, `TraceIdRatioBased`, in the form that its SDKs for Go and Python have, so
    /// that all services with one ratio keep the same traces.
    static func isWithin(_ ratio: Double, _ trace: WideID) -> Bool {
        guard ratio < 1 else { return true }
        guard ratio > 0 else { return false }
        return trace.low >> 1 < UInt64(ratio * Double(1 << 63 as UInt64))
    }
}

/// Why the spans of a request are kept, as attribute `sampling.reason` and as metric label `reason`.
package enum SamplingReason: String, Sendable, CaseIterable {
    /// The caller had its trace sampled.
    case parent
    /// Everything is kept.
    case always
    /// The trace's identifier is in the share that is kept.
    case ratio
    /// Its answer was one with a status of 500 or above, sent or not, or the server broke it off.
    case error
    /// It kept its client waiting for too long.
    case slow
}
