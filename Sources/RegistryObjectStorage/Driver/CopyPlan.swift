//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Which bytes of which objects become the parts of one object.
struct CopyPlan: Sendable {
    private(set) var pieces: [Piece] = []

    struct Piece: Sendable, Equatable {
        var key: String
        /// Nil for all of the object.
        var range: Range<Int64>?
        var size: Int64
    }

    /// - Parameter chunkBytes: the most of a part, unless there would be more parts than the store takes.
    init(_ content: SegmentedContent, chunkBytes: Int64, bounds: ObjectStoreBounds) {
        // Each segment may bring one part more than its share.
        let room = Int64(max(1, bounds.parts - content.segments.count))
        let chunk = min(max(chunkBytes, content.size / room + 1, bounds.partBytes), bounds.copyBytes)
        for segment in content.segments where segment.size > 0 {
            let count = (segment.size + chunk - 1) / chunk
            guard count > 1 else {
                pieces.append(Piece(key: segment.key, range: nil, size: segment.size))
                continue
            }
            // As even as can be, so that none is smaller than a part may be.
            for number in 0..<count {
                let range = segment.size * number / count..<segment.size * (number + 1) / count
                pieces.append(Piece(key: segment.key, range: range, size: Int64(range.count)))
            }
        }
    }
}
