//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Goes through all that is under a folder, as `du` does: without following links, and a file with several names once.
struct DiskWalk {
    private let referenced: ReferencedDigests
    private(set) var measurement = DiskMeasurement()
    private var seen: Set<Identity> = []

    private struct Identity: Hashable {
        let device: UInt64
        let inode: UInt64
    }

    init(_ referenced: ReferencedDigests) { self.referenced = referenced }

    /// - Throws: why the root itself cannot be read.
    mutating func go(_ root: String) throws(ReportFailure) {
        let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw ReportFailure(.unavailable, "\(root): \(String(cString: strerror(errno)))") }
        var facts = stat()
        if fstat(descriptor, &facts) == 0 { measurement.allocated += Int64(facts.st_blocks) * 512 }
        var parts: [String] = []
        visit(descriptor, &parts)
    }

    /// Takes the descriptor over; folders are as deep as names of repositories are long.
    private mutating func visit(_ descriptor: CInt, _ parts: inout [String]) {
        guard let folder = fdopendir(descriptor) else {
            close(descriptor)
            measurement.failures += 1
            return
        }
        defer { closedir(folder) }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name != ".", name != ".." else { continue }
            var facts = stat()
            let isThere = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                    fstatat(descriptor, $0, &facts, AT_SYMLINK_NOFOLLOW) == 0
                }
            }
            // What goes while one looks is no failure.
            guard isThere else {
                if errno != ENOENT { measurement.failures += 1 }
                continue
            }
            guard
                facts.st_nlink < 2 || facts.st_mode & S_IFMT == S_IFDIR
                    || seen.insert(Identity(device: UInt64(facts.st_dev), inode: UInt64(facts.st_ino))).inserted
            else { continue }
            measurement.allocated += Int64(facts.st_blocks) * 512
            parts.append(name)
            defer { parts.removeLast() }
            if facts.st_mode & S_IFMT == S_IFDIR {
                let inner = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                    pointer.withMemoryRebound(to: CChar.self, capacity: 256) {
                        openat(descriptor, $0, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)
                    }
                }
                guard inner >= 0 else {
                    if errno != ENOENT { measurement.failures += 1 }
                    continue
                }
                visit(inner, &parts)
            } else {
                count(Int64(facts.st_size), Self.place(parts))
            }
        }
    }

    private mutating func count(_ size: Int64, _ place: DiskMeasurement.Place) {
        measurement.files += 1
        switch place {
        case .blob(let hash) where referenced.contains(hash): measurement.referenced += size
        case .blob: measurement.unreferenced += size
        case .trash:
            measurement.unreferenced += size
            measurement.trashed += size
        case .upload: measurement.uploading += size
        case .other: measurement.orphan += size
        }
    }

    /// - Parameter parts: of the path below the root.
    static func place(_ parts: [String]) -> DiskMeasurement.Place {
        if parts.starts(with: [".plimsoll", "trash"]) { return .trash }
        guard parts.starts(with: ["docker", "registry", "v2"]), parts.count > 4 else { return .other }
        switch parts[3] {
        case "blobs":
            guard parts.count == 8, parts[7] == "data", let hash = ReferencedDigests.hash(parts[6].utf8) else {
                return .other
            }
            return .blob(hash)
        case "repositories": return parts.contains("_uploads") ? .upload : .other
        default: return .other
        }
    }
}
