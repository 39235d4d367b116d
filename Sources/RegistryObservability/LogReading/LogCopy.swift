//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Copies lines as they are, or other text, to a descriptor, and tells whether that worked.
package struct LogCopy: ~Copyable {
    private let output: DescriptorOutput
    private var buffer = TextBuffer(capacity: 2 * pieceSize)
    /// The system's number for what kept it from writing, such as `ENOSPC`; nothing is written after that.
    private(set) package var failure: Int32?

    private static let pieceSize = 64 << 10

    /// - Parameter descriptor: is not closed.
    package init(to descriptor: Int32) { self.output = DescriptorOutput(descriptor: descriptor) }

    /// Adds a line.
    package mutating func add(_ line: LogLine) {
        buffer.append(line.bytes)
        buffer.append("\n")
        if buffer.count >= Self.pieceSize { flush() }
    }

    /// Adds text.
    package mutating func add(_ text: String) { buffer.append(text) }

    /// Writes what was added.
    package mutating func flush() {
        if failure == nil, output.write(buffer.bytes) < buffer.count { failure = errno }
        buffer.removeAll()
    }
}
