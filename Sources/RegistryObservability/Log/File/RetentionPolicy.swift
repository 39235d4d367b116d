//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// How much of a log is kept: whatever limit is met first.
///
/// Nil is no limit.
package struct RetentionPolicy: Sendable, Equatable {
    /// Rotated files.
    package var maximumFiles: Int?
    /// Since a file was ended.
    package var maximumAge: Duration?
    /// Of all files of the log together, the one being written included.
    package var maximumBytes: Int64?
    /// What must stay free on the file system; for its sake every rotated file may go.
    package var minimumFreeBytes: Int64?

    package init(
        maximumFiles: Int? = nil,
        maximumAge: Duration? = nil,
        maximumBytes: Int64? = nil,
        minimumFreeBytes: Int64? = nil
    ) {
        self.maximumFiles = maximumFiles
        self.maximumAge = maximumAge
        self.maximumBytes = maximumBytes
        self.minimumFreeBytes = minimumFreeBytes
    }

    /// A rotated file, with what it takes in all its forms together.
    struct File: Equatable {
        let name: RotatedName
        let bytes: Int64
    }

    /// What the decision depends on.
    struct Situation {
        /// Rotated files in any order.
        var files: [File]
        /// Of the file that is being written.
        var activeBytes: Int64
        var freeBytes: Int64
        var now: WallTime
    }

    /// What has to go, oldest first, and why.
    func removals(in situation: Situation) -> [(file: File, reason: RemovalReason)] {
        let files = situation.files.sorted { $0.name.sequence < $1.name.sequence }
        var bytes = files.reduce(situation.activeBytes) { $0 + $1.bytes }
        var free = situation.freeBytes
        var removals: [(file: File, reason: RemovalReason)] = []
        for (position, file) in files.enumerated() {
            let rest = files.count - position
            let reason: RemovalReason? =
                if let maximumFiles, rest > maximumFiles {
                    .count
                } else if let maximumAge, Self.age(of: file, at: situation.now) > maximumAge {
                    .age
                } else if let maximumBytes, bytes > maximumBytes {
                    .bytes
                } else if let minimumFreeBytes, free < minimumFreeBytes {
                    .freeSpace
                } else {
                    nil
                }
            // Age is looked at for every file: after a clock went back, an older file may have a younger name.
            guard let reason else { continue }
            removals.append((file, reason))
            bytes -= file.bytes
            free += file.bytes
        }
        return removals
    }

    private static func age(of file: File, at now: WallTime) -> Duration {
        .microseconds(now.microseconds - file.name.time.microseconds)
    }
}

/// Which limit a file was removed for.
package enum RemovalReason: String, Sendable {
    case count, age, bytes
    case freeSpace = "free_space"
}
