//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
import RegistryTelemetry

/// When an export is due, what it has, and where it goes.
package struct ExportSchedule: Sendable, Equatable {
    /// Lower-case letters, digits, and `-`, `_` or `.` between them; the beginning of every name it gives.
    package var name: String
    package var timing: Timing
    package var formats: [ExportFormat]
    package var target: Target
    /// Exports that stay; above 0.
    package var keep: Int

    package init(name: String, timing: Timing, formats: [ExportFormat], target: Target, keep: Int) {
        self.name = name
        self.timing = timing
        self.formats = formats
        self.target = target
        self.keep = keep
    }

    package enum Timing: Sendable, Equatable {
        /// Counted from the beginning of 1970, so that a day begins with one; above 0, in whole seconds.
        case every(Int64)
        /// Every day, in seconds after midnight in UTC.
        case at(Int64)
    }

    package enum Target: Sendable, Equatable {
        /// A folder, which is made where it is missing.
        case directory(String)
        /// A repository of this registry.
        case repository(RepositoryName)
    }

    /// The last moment at which an export was due, in seconds since 1970.
    /// - Parameter now: seconds since 1970.
    package func slot(at now: Int64) -> Int64 {
        switch timing {
        case .every(let seconds): now - now % seconds
        case .at(let second): (now - second) - (now - second) % Self.day + second
        }
    }

    /// The next moment at which one is due.
    package func next(after now: Int64) -> Int64 {
        switch timing {
        case .every(let seconds): slot(at: now) + seconds
        case .at: slot(at: now) + Self.day
        }
    }

    /// What the export of a moment is called: `nightly-20261128T020000Z`.
    package func exportName(of slot: Int64) -> String { "\(name)-\(Self.text(of: slot))" }

    /// Whether something is called as an export of this schedule is.
    package func owns(_ text: String) -> Bool {
        guard text.hasPrefix("\(name)-") else { return false }
        let stamp = Array(text.utf8.dropFirst(name.utf8.count + 1))
        let form = Array("00000000T000000Z".utf8)
        return stamp.count == form.count
            && zip(stamp, form).allSatisfy { character, expected in
                expected == UInt8(ascii: "0")
                    ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) : character == expected
            }
    }

    /// Those of some names that are exports beyond those that stay, of which the last in order are the newest.
    package func surplus(among names: [String]) -> [String] {
        Array(names.filter(owns).sorted { byteOrder($0, $1) }.dropLast(keep))
    }

    static func text(of slot: Int64) -> String {
        WallTime(microseconds: slot * 1_000_000).secondsDescription.filter { $0 != "-" && $0 != ":" }
    }

    private static let day: Int64 = 86_400
}

package enum ExportFormat: String, Sendable, CaseIterable {
    /// RFC 4180 with a header.
    case csv
    /// JSON Lines.
    case jsonl
}
