//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A small file system in memory, for tests that fill it up.
///
/// Needs the right to mount.
package struct SmallDisk: Sendable {
    package let path: String

    /// Mounts it while the body runs.
    package static func with<Output>(
        mebibytes: Int,
        _ body: (SmallDisk) async throws -> Output
    ) async throws -> Output {
        let folder = try TemporaryFolder()
        try await Tool.output("mount", ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", folder.path])
        let result: Result<Output, any Error>
        do { result = .success(try await body(SmallDisk(path: folder.path))) } catch { result = .failure(error) }
        try await Tool.output("umount", [folder.path])
        return try result.get()
    }

    private var filler: String { path + "/filler" }

    /// Takes a number of bytes away.
    package func fill(_ count: Int) throws { try append([UInt8](repeating: 1, count: count)) }

    /// Takes all that is left away.
    package func fillUp() throws {
        while try freeBytes() > 0 { try append([UInt8](repeating: 1, count: min(4096, try freeBytes()))) }
    }

    /// Gives back what was taken away.
    package func makeRoom() throws { try FileManager.default.removeItem(atPath: filler) }

    private func append(_ bytes: [UInt8]) throws {
        let file = open(filler, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(file) }
        guard write(file, bytes, bytes.count) == bytes.count else {
            throw ProcessNotStarted(description: "\(filler): \(errno)")
        }
    }

    package func freeBytes() throws -> Int {
        var facts = statvfs()
        guard statvfs(path, &facts) == 0 else { throw ProcessNotStarted(description: "statvfs: \(errno)") }
        return Int(facts.f_bavail) * Int(facts.f_frsize)
    }

    /// Of the largest upload below the disk.
    package func uploadSize() throws -> Int {
        let files = try FileManager.default.subpathsOfDirectory(atPath: path)
            .filter { $0.contains("/_uploads/") && $0.hasSuffix("/data") }
        return try files.map { try FileManager.default.attributesOfItem(atPath: path + "/" + $0)[.size] as? Int ?? 0 }
            .max() ?? 0
    }
}
