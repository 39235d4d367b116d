//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel

/// The hash states of one upload: files named by the number of bytes they stand for, so that hashing goes on after a
/// restart without reading everything again.
struct HashStates: Sendable {
    let driver: any StorageDriver
    let folder: StoragePath

    private static let maximumStateBytes = 1024

    /// The hash of an upload's first bytes: from the last state within them, and from the content after that.
    func hasher(
        _ algorithm: DigestAlgorithm,
        over content: StoragePath,
        upTo size: Int64
    ) async throws(StorageError) -> ContentHasher {
        guard size > 0 else { return ContentHasher(algorithm) }
        let hasher = try await last(algorithm, within: size) ?? ContentHasher(algorithm)
        guard hasher.count < size else { return hasher }
        let stored = try await driver.open(content)
        defer { stored.close() }
        return try await stored.hash(hasher, upTo: size)
    }

    /// Stores a state.
    ///
    /// That may be lost with the machine: it only saves reading.
    func save(_ hasher: ContentHasher) async throws(StorageError) {
        let path = folder.appending(String(hasher.count))
        _ = try await driver.replace(path, with: ByteBuffer(bytes: hasher.stored), .volatile)
    }

    private func last(_ algorithm: DigestAlgorithm, within size: Int64) async throws(StorageError) -> ContentHasher? {
        let names: [String]
        do {
            names = try await driver.list(folder, after: nil, limit: .max).map(\.name)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        for offset in names.compactMap({ Int64($0) }).filter({ $0 > 0 && $0 <= size }).sorted(by: >) {
            let path = folder.appending(String(offset))
            if let bytes = try? await driver.read(path, limit: Self.maximumStateBytes),
                let hasher = ContentHasher(stored: Array(bytes.readableBytesView), algorithm), hasher.count == offset
            {
                return hasher
            }
        }
        return nil
    }
}
