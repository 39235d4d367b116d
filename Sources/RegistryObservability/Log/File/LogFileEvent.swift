//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What happens to log files beside being written.
package enum LogFileEvent: Sendable {
    /// A file was ended and the next begun.
    case rotated(path: String, bytes: Int64, reason: RotationReason)
    /// A rotated file is compressed, verified, and the plain one removed.
    case compressed(path: String, bytes: Int64, compressedBytes: Int64, lines: Int64)
    /// A rotated file was removed, as the limits of retention demand.
    /// - Parameter content: what was in it; nil if it could not be read.
    case removed(path: String, bytes: Int64, reason: RemovalReason, content: LogContentSummary?)
    /// Rotation, compression, removal or opening failed, and will be tried again.
    case failed(LogFileError)
    /// The file was moved or removed by somebody, or a reopening was asked for; what comes now is in a new one.
    case reopened(path: String)
    /// The end of the file was no whole line, as a crash leaves it, and was cut off.
    case repaired(path: String, bytes: Int64)
}

/// Hears of what happens to log files; called by the threads of the log, so it must not block.
package protocol LogFileObserver: Sendable {
    func note(_ event: LogFileEvent)
}
