//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where encoded lines go.
///
/// Used by one thread only, its sink's own; may block.
protocol LogOutput: ~Copyable {
    /// Writes whole lines (each ended by a line feed).
    /// - Parameters:
    ///   - lines: the first of them may have been begun by the call before.
    ///   - begun: bytes of it that are written already.
    /// - Returns: how many bytes of `lines` are written then: not all only after an error, with its cause in `errno`; fewer
    ///   than `begun` if what was begun is gone with its file, so that the line is to be written anew.
    mutating func write(_ lines: UnsafeBufferPointer<UInt8>, begun: Int) -> Int

    /// Takes back a line that was begun, where that is possible.
    /// - Parameter begun: bytes of it that are written.
    /// - Returns: whether nothing of it is left.
    mutating func takeBack(_ begun: Int) -> Bool

    /// Does what depends on time; called about once a second, also when there is nothing to write.
    mutating func tick()

    /// Does what the operator asked for.
    mutating func perform(_ command: LogCommand)
}

/// What an operator can ask of a log output; what has no files does nothing.
package enum LogCommand: Sendable {
    /// Begin a new file now.
    case rotate
    /// Another program moved the file away: open the path anew.
    case reopen
    /// Keep files so from now on.
    case keep(LogFileOptions)
}
