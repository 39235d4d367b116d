//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryStorage

/// A folder's names in their own order, out of pages in the order of keys.
///
/// The two differ: the key of folder `a` goes on with a slash, so that `a-b` and `a.b` come before it, though `a` sorts first
/// as a name. So a name is settled only when all keys have passed that could bring a name before it. A plain value.
struct FolderPages: Sendable {
    private let folder: String
    private let last: String?
    private let limit: Int
    private var entries: [String: FolderEntry] = [:]

    /// - Parameters:
    ///   - folder: how all keys in it begin.
    ///   - last: only names after this one.
    ///   - limit: the most names that are wanted.
    init(_ folder: String, after last: String?, limit: Int) {
        self.folder = folder
        self.last = last
        self.limit = limit
    }

    /// Takes the next page in.
    mutating func add(_ page: ObjectPage) {
        for object in page.objects { add(object.key.dropping(folder), isFolder: false) }
        for prefix in page.folders {
            add(String(decoding: prefix.dropping(folder).utf8.dropLast(), as: UTF8.self), isFolder: true)
        }
    }

    private mutating func add(_ name: String, isFolder: Bool) {
        guard !name.isEmpty, !SegmentKey.isSegment(name), isWanted(name) else { return }
        // Content and a folder of one name: whoever lists can do more with the folder.
        guard isFolder || entries[name] == nil else { return }
        entries[name] = FolderEntry(name: name, isFolder: isFolder)
    }

    private func isWanted(_ name: String) -> Bool {
        guard let last else { return true }
        return last.utf8.lexicographicallyPrecedes(name.utf8)
    }

    /// Names in byte order.
    var sorted: [FolderEntry] {
        let sorted = entries.values.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        return Array(sorted.prefix(limit))
    }

    /// Whether nothing of what is wanted can change any more by further pages.
    /// - Parameter page: the last that was taken in.
    func isSettled(after page: ObjectPage) -> Bool {
        let names = sorted
        guard names.count >= limit else { return false }
        let last = [page.objects.last?.key, page.folders.last].compactMap(\.self)
            .max { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        guard let last else { return false }
        return names.allSatisfy { entry in
            Self.shorterNames(of: entry.name).allSatisfy { shorter in
                entries[shorter] != nil || !isWanted(shorter)
                    || (folder + shorter + "/").utf8.lexicographicallyPrecedes(last.utf8)
            }
        }
    }

    /// Names of folders that come after a name as keys, and before it as names.
    private static func shorterNames(of name: String) -> [String] {
        let bytes = Array(name.utf8)
        return bytes.indices.dropFirst().filter { bytes[$0] < UInt8(ascii: "/") }.map {
            String(decoding: bytes[..<$0], as: UTF8.self)
        }
    }
}
