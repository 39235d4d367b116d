//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Objects that are one content, one after the other.
struct SegmentedContent: Sendable, Equatable {
    /// The key of the first, and of the content.
    let base: String
    /// Without gaps; never empty.
    private(set) var segments: [Segment]

    struct Segment: Sendable, Equatable {
        var key: String
        /// Of its first byte in the content.
        var offset: Int64
        var size: Int64

        var end: Int64 { offset + size }
    }

    var size: Int64 { segments.last?.end ?? 0 }

    init(_ base: String, size: Int64) {
        self.base = base
        self.segments = [Segment(key: base, offset: 0, size: size)]
    }

    /// Takes on a segment that begins where the content ends, or where its last one begins.
    mutating func put(_ segment: Segment) {
        if segments.last?.offset == segment.offset { segments.removeLast() }
        assert(segment.offset == size, "a gap between segments")
        segments.append(segment)
    }

    /// Puts content together out of objects that may be its segments.
    /// - Parameter sizes: of objects by key.
    /// - Returns: nil if the first is missing.
    init?(_ base: String, among sizes: [String: Int64]) {
        guard let first = sizes[base] else { return nil }
        self.init(base, size: first)
        // What another writer has left behind after a gap is none of it.
        while size > 0, let next = sizes[SegmentKey.at(size, of: base)], next > 0 {
            segments.append(Segment(key: SegmentKey.at(size, of: base), offset: size, size: next))
        }
    }

    /// The segment that has a byte.
    func segment(at offset: Int64) -> Segment? {
        segments.first { $0.offset <= offset && offset < $0.end }
    }
}
