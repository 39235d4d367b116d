//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// The path of a log file, in the parts that the names of rotated files are made of.
package struct LogFileName: Sendable, Hashable {
    /// Without a slash at its end, unless it is the root.
    package let folder: String
    /// `access` of `access.jsonl`.
    package let stem: String
    /// `.jsonl` of `access.jsonl`; empty if there is none.
    package let suffix: String

    /// Takes a path apart.
    package init(path: String) {
        let slash = path.lastIndex(of: "/")
        let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
        self.folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        if let dot = name.lastIndex(of: "."), dot != name.startIndex {
            self.stem = String(name[..<dot])
            self.suffix = String(name[dot...])
        } else {
            self.stem = String(name)
            self.suffix = ""
        }
    }

    /// The file that is being written.
    package var path: String { sibling(stem + suffix) }

    /// Keeps the last sequence number, and is locked by the one process that writes the log.
    var statePath: String { sibling(".\(stem)\(suffix).state") }

    func sibling(_ name: String) -> String { folder == "/" ? "/" + name : folder + "/" + name }

    /// The path of a rotated file.
    func path(of rotated: RotatedName, _ form: RotatedName.Form) -> String {
        // What is not whole is hidden from those who read all that matches a pattern.
        sibling("\(form == .compressing ? "." : "")\(stem)-\(rotated)\(suffix)\(form.rawValue)")
    }

    /// Takes the name of a file in the folder apart.
    /// - Returns: nil if it is no rotated file of this log.
    func rotated(_ name: some StringProtocol) -> (RotatedName, RotatedName.Form)? {
        for form in RotatedName.Form.allCases where name.hasSuffix(suffix + form.rawValue) {
            let start = form == .compressing ? ".\(stem)-" : "\(stem)-"
            guard name.hasPrefix(start) else { continue }
            let middle = name.dropFirst(start.count).dropLast(suffix.count + form.rawValue.count)
            if let rotated = RotatedName(String(middle)) { return (rotated, form) }
        }
        return nil
    }
}

/// What the name of a rotated file tells: `20261123T221500.123456Z-000042`.
package struct RotatedName: Sendable, Hashable, CustomStringConvertible {
    /// When the file was ended.
    package let time: WallTime
    /// Counts the rotations of this log, over restarts too; files are ordered by it and not by time, which may go back.
    package let sequence: Int64

    /// The states that a rotated file goes through.
    package enum Form: String, Sendable, CaseIterable {
        case compressing = ".gz.tmp"
        case compressed = ".gz"
        case plain = ""
    }

    package init(time: WallTime, sequence: Int64) {
        self.time = time
        self.sequence = sequence
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(sequence) }

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        let separators: [Int: Unicode.Scalar] = [8: "T", 15: ".", 22: "Z", 23: "-"]
        guard bytes.count >= 30, bytes.count <= 42 else { return nil }
        for (position, byte) in bytes.enumerated() {
            if let separator = separators[position] {
                guard byte == UInt8(ascii: separator) else { return nil }
            } else {
                guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            }
        }
        func number(_ range: Range<Int>) -> Int {
            bytes[range].reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
        }
        guard
            let time = WallTime(
                year: number(0..<4),
                month: number(4..<6),
                day: number(6..<8),
                hour: number(9..<11),
                minute: number(11..<13),
                second: number(13..<15),
                microsecond: number(16..<22)
            )
        else { return nil }
        self.init(time: time, sequence: Int64(number(24..<bytes.count)))
    }

    package var description: String {
        let number = String(sequence)
        let time = time.description.filter { $0 != "-" && $0 != ":" }
        return "\(time)-\(String(repeating: "0", count: max(0, 6 - number.count)))\(number)"
    }
}
