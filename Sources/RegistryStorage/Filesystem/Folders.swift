//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// What the filesystem driver does with folders.
///
/// Everything here blocks.
enum Folders {
    /// Makes a folder and those above it.
    static func make(_ path: String) throws(SystemError) {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, let parent = nonEmptyParent(of: path) else { throw .last }
        try make(parent)
        guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last }
    }

    private static let maximumAttempts = 64

    /// Renames a file to its place, making the folders it needs.
    /// - Returns: the size of the file that was there.
    static func rename(_ source: String, to target: String, _ durability: Durability) throws(SystemError) -> Int64? {
        let previous = try? FileStatus(of: target).size
        try move(source, to: target)
        if durability == .durable {
            do throws(SystemError) {
                try synchronize(parent(of: target))
            } catch {
                // Removed since, with the file in it: that came after, so this succeeded.
                guard error.number == ENOENT else { throw error }
            }
        }
        return previous
    }

    /// Renames a file or a folder to its place, making the folders it needs.
    static func move(_ source: String, to target: String) throws(SystemError) {
        // Somebody may remove the folder between its making and the rename; a few turns outlast that.
        for attempt in 1... {
            do throws(SystemError) {
                guard Glibc.rename(source, target) != 0 else { break }
                throw .last
            } catch {
                guard error.number == ENOENT, attempt < maximumAttempts, access(source, F_OK) == 0 else { throw error }
            }
            do throws(SystemError) {
                try make(parent(of: target))
            } catch {
                // The same between two folders of the way.
                guard error.number == ENOENT else { throw error }
            }
        }
    }

    /// Makes a folder's names durable.
    static func synchronize(_ path: String) throws(SystemError) {
        let descriptor = try FileDescriptor.open(path, O_RDONLY | O_DIRECTORY)
        defer { descriptor.close() }
        try descriptor.synchronize()
    }

    /// Names in a folder in byte order, after one of them, up to a number.
    static func entries(of path: String, after last: String?, limit: Int) throws(SystemError) -> [FolderEntry] {
        guard let folder = opendir(path) else { throw .last }
        defer { closedir(folder) }
        var entries: [FolderEntry] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            guard name != ".", name != "..", last.map({ isOrdered($0, name) }) ?? true else { continue }
            entries.append(FolderEntry(name: name, isFolder: isFolder(entry.pointee, in: path, name)))
        }
        entries.sort { isOrdered($0.name, $1.name) }
        return entries.count <= limit ? entries : Array(entries.prefix(limit))
    }

    /// Removes a file or a folder with all in it, as far as that goes; what stays is taken up by the next start.
    static func removeTree(_ path: String) {
        guard let folder = opendir(path) else {
            unlink(path)
            return
        }
        closedir(folder)
        for entry in (try? entries(of: path, after: nil, limit: .max)) ?? [] {
            let child = path + "/" + entry.name
            if entry.isFolder { removeTree(child) } else { unlink(child) }
        }
        rmdir(path)
    }

    /// Removes a folder with all in it, where it is.
    static func erase(_ path: String) throws(SystemError) {
        for entry in try entries(of: path, after: nil, limit: .max) {
            let child = path + "/" + entry.name
            if entry.isFolder { try erase(child) } else if unlink(child) != 0, errno != ENOENT { throw .last }
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .last }
    }

    /// Removes what an earlier run left in a folder of temporary files.
    ///
    /// Another server may be at work on the same root, so only what is a day old goes.
    static func removeStale(_ path: String) {
        let oldest = time(nil) - 86_400
        for entry in (try? entries(of: path, after: nil, limit: .max)) ?? [] {
            let child = path + "/" + entry.name
            if let status = try? FileStatus(of: child), status.changed < oldest { removeTree(child) }
        }
    }

    static func parent(of path: String) -> String { nonEmptyParent(of: path) ?? "/" }

    private static func nonEmptyParent(of path: String) -> String? {
        guard let slash = path.lastIndex(of: "/") else { return "." == path ? nil : "." }
        return slash == path.startIndex ? nil : String(path[..<slash])
    }

    private static func isOrdered(_ lhs: String, _ rhs: String) -> Bool { lhs.utf8.lexicographicallyPrecedes(rhs.utf8) }

    private static func isFolder(_ entry: dirent, in path: String, _ name: String) -> Bool {
        // Some file systems do not tell the kind in the entry; links to folders count as what they lead to.
        guard entry.d_type == UInt8(DT_UNKNOWN) || entry.d_type == UInt8(DT_LNK) else {
            return entry.d_type == UInt8(DT_DIR)
        }
        return (try? FileStatus(of: path + "/" + name))?.isFolder ?? false
    }
}
