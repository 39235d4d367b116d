//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryStorage

extension StorageDriver {
    /// All that is there, by path below the driver's root, without the slash in front.
    package func tree() async throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        try await collect(.root, into: &files)
        return files
    }

    private func collect(_ folder: StoragePath, into files: inout [String: [UInt8]]) async throws {
        let entries: [FolderEntry]
        do {
            entries = try await list(folder, after: nil, limit: .max)
        } catch {
            guard error.code == .notFound else { throw error }
            return
        }
        // What is kept beside the tree begins with a dot.
        for entry in entries where !entry.name.hasPrefix(".") {
            let path = folder.appending(entry.name)
            if entry.isFolder {
                try await collect(path, into: &files)
            } else {
                let bytes = try await read(path, limit: .max)
                files[String(path.description.dropFirst())] = Array(bytes.readableBytesView)
            }
        }
    }
}

extension TestRegistry {
    /// All that the storage holds, by path below the driver's root, without the slash in front.
    package func tree() async throws -> [String: [UInt8]] { try await context.driver.tree() }

    /// The paths of all that the storage holds, in byte order.
    package func paths() async throws -> [String] {
        try await tree().keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// Puts bytes in the place of what the storage has, as a fault or another server might.
    package func plant(_ bytes: [UInt8], at path: StoragePath) async throws {
        _ = try await context.driver.replace(path, with: ByteBuffer(bytes: bytes), .durable)
    }
}
