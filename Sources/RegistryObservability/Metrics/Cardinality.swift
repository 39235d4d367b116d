//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What the metrics cost whoever stores them, as `/metrics/cardinality`.
enum Cardinality {
    /// A JSON object: the families with the most series first.
    ///
    /// A series is a line of the exposition, as Prometheus stores it: a histogram has one a bucket and two more. The limit
    /// is what a family can come to; null where a label has values from elsewhere.
    static func json(of sizes: [ExpositionWriter.FamilySize]) -> [UInt8] {
        var buffer = TextBuffer(capacity: 8 * 1024)
        buffer.append("{\"series\":")
        buffer.append(Int64(sizes.reduce(0) { $0 + $1.samples }))
        buffer.append(",\"bytes\":")
        buffer.append(Int64(sizes.reduce(0) { $0 + $1.bytes }))
        buffer.append(",\"families\":")
        buffer.append(list: sizes.sorted { ($1.samples, $0.name) < ($0.samples, $1.name) }) { size, buffer in
            buffer.append("\n{\"name\":")
            buffer.append(quoted: size.name)
            buffer.append(",\"series\":")
            buffer.append(Int64(size.samples))
            buffer.append(",\"bytes\":")
            buffer.append(Int64(size.bytes))
            buffer.append(",\"limit\":")
            if let limit = size.limit { buffer.append(Int64(limit)) } else { buffer.append("null") }
            buffer.append("}")
        }
        buffer.append("}\n")
        return Array(buffer.bytes)
    }
}
