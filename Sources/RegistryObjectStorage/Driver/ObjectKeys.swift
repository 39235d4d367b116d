//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

/// Paths as keys, in the form of distribution's drivers: the root folder, if there is one, and the path without its first
/// slash.
package struct ObjectKeys: Sendable, Equatable {
    /// Of all keys: empty, or with a slash at its end.
    package let prefix: String

    /// - Parameter root: `rootdirectory`; slashes at its ends do not count.
    package init(root: String) {
        let parts = root.split(separator: "/", omittingEmptySubsequences: true)
        prefix = parts.isEmpty ? "" : parts.joined(separator: "/") + "/"
    }

    package func key(_ path: StoragePath) -> String { prefix + path.description.dropping("/") }

    /// How the keys of all that is in a folder begin.
    package func folder(_ path: StoragePath) -> String {
        path.description.isEmpty ? prefix : key(path) + "/"
    }
}

/// Content that is appended to, as objects: the first under the content's own key, and the others under that key with
/// `.~` and the offset, in 19 digits, at which they begin.
///
/// What was appended is there to be read, by this server and others, when the append has been flushed; nobody has to be
/// asked for the parts of an upload that has no object yet. All segments but the last have what a part needs, so that one
/// call a segment makes them one object in the end. A name of that form is never told in a list.
enum SegmentKey {
    private static let infix = ".~"
    private static let digits = 19

    static func prefix(of base: String) -> String { base + infix }

    static func at(_ offset: Int64, of base: String) -> String {
        guard offset > 0 else { return base }
        let number = String(offset)
        return base + infix + String(repeating: "0", count: digits - number.utf8.count) + number
    }

    /// The offset that a key tells; nil for a key that is no segment of the content.
    static func offset(_ key: String, of base: String) -> Int64? {
        guard key.hasPrefix(base + infix) else { return nil }
        let number = key.utf8.dropFirst(base.utf8.count + infix.utf8.count)
        guard number.count == digits, let offset = Int64(String(decoding: number, as: UTF8.self)) else { return nil }
        return offset > 0 ? offset : nil
    }

    /// Whether a name in a folder is that of a segment.
    static func isSegment(_ name: some StringProtocol) -> Bool {
        let bytes = Array(name.utf8.suffix(digits + infix.utf8.count))
        return bytes.count == digits + infix.utf8.count && bytes.starts(with: infix.utf8)
            && bytes.dropFirst(infix.utf8.count).allSatisfy { (0x30...0x39).contains($0) }
    }
}

extension String {
    /// What follows a prefix that it has, byte by byte: a character may reach beyond it.
    func dropping(_ prefix: String) -> String { String(decoding: utf8.dropFirst(prefix.utf8.count), as: UTF8.self) }
}
