//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Copies lines as they are to a descriptor.
package struct LogCopy: ~Copyable {
    private let output: DescriptorOutput
    private var buffer = TextBuffer(capacity: 2 * pieceSize)
    /// Whether the reader at the other end is gone, or the disk full.
    private(set) package var hasFailed = false

    private static let pieceSize = 64 << 10

    /// - Parameter descriptor: is not closed.
    package init(to descriptor: Int32) { self.output = DescriptorOutput(descriptor: descriptor) }

    /// Adds a line.
    package mutating func add(_ line: LogLine) {
        buffer.append(line.bytes)
        buffer.append("\n")
        if buffer.count >= Self.pieceSize { flush() }
    }

    /// Writes what was added.
    package mutating func flush() {
        if output.write(buffer.bytes) < buffer.count { hasFailed = true }
        buffer.removeAll()
    }
}
