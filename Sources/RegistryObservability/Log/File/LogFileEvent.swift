//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

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

extension LogFileEvent {
    /// The same for the log itself.
    package var serverEvent: ServerEvent {
        switch self {
        case .rotated(let path, let bytes, let reason):
            ServerEvent(
                "log_rotated",
                .info,
                "a log file was ended",
                [.init("file", .text(path)), .init("bytes", .number(bytes)), .init("reason", .text(reason.rawValue))]
            )
        case .compressed(let path, let bytes, let compressedBytes, let lines):
            ServerEvent(
                "log_compressed",
                .info,
                "a log file was compressed",
                [
                    .init("file", .text(path)), .init("bytes", .number(bytes)),
                    .init("compressed_bytes", .number(compressedBytes)), .init("lines", .number(lines)),
                ]
            )
        case .removed(let path, let bytes, let reason, let content):
            ServerEvent(
                "log_removed",
                .info,
                "a log file was removed",
                [.init("file", .text(path)), .init("bytes", .number(bytes)), .init("reason", .text(reason.rawValue))]
                    + (content?.fields ?? [])
            )
        case .failed(let error):
            ServerEvent(
                "log_rotation_failed",
                .error,
                "a log file could not be rotated, compressed or removed",
                [
                    .init("file", .text(error.path)), .init("step", .text(error.step)),
                    .init("error", .text(error.cause)),
                ]
            )
        case .reopened(let path):
            ServerEvent("log_reopened", .info, "a log file was opened anew", [.init("file", .text(path))])
        case .repaired(let path, let bytes):
            ServerEvent(
                "log_repaired",
                .warn,
                "half a line at the end of a log file was cut off",
                [.init("file", .text(path)), .init("bytes", .number(bytes))]
            )
        }
    }
}

extension LogContentSummary {
    fileprivate var fields: [ServerEvent.Field] {
        [.init("lines", .number(lines))]
            + (first.map { [.init("first_epoch", .text($0.epoch)), .init("first_seq", .number($0.sequence))] } ?? [])
            + (last.map { [.init("last_epoch", .text($0.epoch)), .init("last_seq", .number($0.sequence))] } ?? [])
    }
}
