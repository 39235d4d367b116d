//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

/// The name of an upload in parts at stores that know no uploads.
///
/// In it stands when it was begun, in seconds, a random number, and whether the object will be marked. All are of one length.
enum UploadName {
    static func make(begun time: WallTime, _ mark: ObjectMark) -> String {
        let seconds = padded(String(time.microseconds / 1_000_000), 10)
        let random = padded(String(UInt32.random(in: 0...UInt32.max), radix: 16), 8)
        return "plimsoll.\(seconds).\(random).\(mark == .appended ? "a" : "n")"
    }

    static func begun(_ name: String) -> WallTime? {
        let parts = name.split(separator: ".")
        guard parts.count == 4, let seconds = Int64(parts[1]) else { return nil }
        return WallTime(microseconds: seconds * 1_000_000)
    }

    static func mark(_ name: String) -> ObjectMark { name.hasSuffix(".a") ? .appended : .none }

    /// A number with zeros in front.
    static func padded(_ text: String, _ count: Int) -> String {
        String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}
