//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where log lines go: any of these at once.
package struct LogSinkSettings: Sendable, Equatable {
    package var stdout = StdoutSinkSettings()
    package var journald = JournaldSinkSettings()
    /// Nil unless a path is set.
    package var file: FileSinkSettings?

    package init() {}
}

/// Whether a sink is in use.
package enum LogSinkSwitch: String, Sendable, CaseIterable {
    case on = "true"
    case off = "false"
    /// The surroundings decide: the journal is used where the service manager connected the server to it, and the
    /// standard output where it does not end in the same journal.
    case auto
}

/// What an entry can be to a sink.
package enum LogKind: String, Sendable, CaseIterable {
    /// A request that is over.
    case access
    /// Something beside the requests.
    case event
    /// A denial, a write or a deletion; a change of how the server behaves.
    case audit
}

/// What a sink takes.
package struct LogSelection: Sendable, Equatable {
    /// The least important level, for requests too; nil takes all requests, and events by `log.level`.
    package var level: LogLevel?
    package var kinds: Set<LogKind>

    package init(level: LogLevel? = nil, kinds: Set<LogKind> = Set(LogKind.allCases)) {
        self.level = level
        self.kinds = kinds
    }
}

/// The standard output.
package struct StdoutSinkSettings: Sendable, Equatable {
    package var enabled = LogSinkSwitch.auto
    package var selection = LogSelection()

    package init() {}
}

/// systemd's journal, by its native protocol.
package struct JournaldSinkSettings: Sendable, Equatable {
    package var enabled = LogSinkSwitch.auto
    /// Path of the journal's socket.
    package var socket = "/run/systemd/journal/socket"
    package var message = Message.json
    /// Entries that are sent together at most.
    package var batch = 8
    package var selection = LogSelection()

    package init() {}

    /// What stands in the field `MESSAGE`.
    package enum Message: String, Sendable, CaseIterable {
        case json, text
    }
}

/// A file that is rotated.
package struct FileSinkSettings: Sendable, Equatable {
    package var path: String
    /// Bytes after which the file is rotated; nil is never.
    package var maxSize: Int64? = 100 << 20
    /// Age at which the file is rotated; nil is never.
    package var maxAge: Duration? = .seconds(24 * 3600)
    /// The mark of the clock, in UTC, at which the file is rotated.
    package var rotateAt = ClockMark.none
    /// Rotated files that are kept; nil is all.
    package var maxFiles: Int? = 50
    /// Bytes of all files together; nil is no bound.
    package var maxTotal: Int64? = 5 << 30
    /// Bytes that stay free on the disk, for which rotated files go; nil is none.
    package var minFree: Int64? = 1 << 30
    /// How long rotated files are kept; nil is for as long as the other bounds allow.
    package var retention: Duration?
    package var compression = Compression.gzip
    package var format = Format.json
    package var selection = LogSelection()

    package init(path: String) { self.path = path }

    /// When the clock has the file rotated.
    package enum ClockMark: String, Sendable, CaseIterable {
        case none, hourly, daily
    }

    /// How lines look.
    package enum Format: String, Sendable, CaseIterable {
        case json, combined
    }

    /// What becomes of rotated files.
    package enum Compression: String, Sendable, CaseIterable {
        case gzip, none
    }
}

/// The file for audit entries that their sink does not take in time.
package struct AuditSpillSettings: Sendable, Equatable {
    /// nil leaves the place to the server.
    package var path: String?
    /// Bytes that the file has at most.
    package var maxSize: Int64 = 64 << 20

    package init(path: String? = nil) { self.path = path }

    /// The file of a sink, which has the sink's name before the suffix: `audit-file.log` for `audit.log`.
    /// - Parameter path: as it is configured.
    package static func path(of sink: String, beside path: String) -> String {
        let name = path.lastIndex(of: "/").map(path.index(after:)) ?? path.startIndex
        // A dot that a name begins with begins no suffix.
        let dot = path[name...].lastIndex(of: ".").flatMap { $0 == name ? nil : $0 } ?? path.endIndex
        return "\(path[..<dot])-\(sink)\(path[dot...])"
    }
}
