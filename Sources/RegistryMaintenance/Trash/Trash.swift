//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// What was taken out of the tree and is not deleted yet, by the runs that did it.
package struct Trash: Sendable {
    let context: StoreContext
    let driver: any StorageDriver

    package init(_ context: StoreContext, driver: any StorageDriver) {
        self.context = context
        self.driver = driver
    }

    /// What one run has taken out.
    package struct Run: Sendable, Equatable {
        package var name: String
        package var began: WallTime
        /// Content in it.
        package var blobs = 0
        package var bytes: Int64 = 0

        package var json: JSONText {
            .object([
                ("run", .string(name)), ("began", .string(began.secondsDescription)), ("blobs", .number(Int64(blobs))),
                ("bytes", .number(bytes)),
            ])
        }
    }

    /// A name for a run, which tells when it began: `20261128T193222Z-4fzk1`.
    static func name(at time: WallTime) -> String {
        let text = time.secondsDescription.filter { $0 != "-" && $0 != ":" }
        return "\(text)-\(String(UInt32.random(in: 0...0xff_ffff), radix: 36))"
    }

    /// When a run began; nil for a folder that is none.
    static func time(of name: String) -> WallTime? {
        let digits = name.prefix { $0 != "-" }
        guard digits.utf8.count == 16, digits.utf8.allSatisfy({ $0 < 0x80 }) else { return nil }
        let part = { (start: Int, count: Int) in String(digits.dropFirst(start).prefix(count)) }
        let text =
            "\(part(0, 4))-\(part(4, 2))-\(part(6, 2))T\(part(9, 2)):\(part(11, 2)):\(part(13, 2))Z"
        return WallTime(rfc3339: text.utf8)
    }

    /// What is deleted; it cannot be restored any more.
    static let deletedSuffix = ".deleted"

    // MARK: Looking

    /// The runs, the oldest first, with what they hold.
    package func runs() async throws(StorageError) -> [Run] {
        var runs: [Run] = []
        for entry in try await list(DiskLayout.trash) where entry.isFolder {
            guard let began = Self.time(of: entry.name), !entry.name.hasSuffix(Self.deletedSuffix) else { continue }
            var run = Run(name: entry.name, began: began)
            for digest in try await blobs(of: entry.name) {
                run.blobs += 1
                run.bytes += digest.size
            }
            runs.append(run)
        }
        return runs.sorted { $0.began.microseconds < $1.began.microseconds }
    }

    func blobs(of run: String) async throws(StorageError) -> [(digest: Digest, size: Int64)] {
        var found: [(Digest, Int64)] = []
        for algorithm in DigestAlgorithm.allCases {
            let digests = try await list(DiskLayout.trashedBlobs(run, algorithm)).compactMap {
                try? Digest("\(algorithm.rawValue):\($0.name)")
            }
            for start in stride(from: 0, to: digests.count, by: Self.pieceSize) {
                let piece = digests[start..<min(start + Self.pieceSize, digests.count)]
                let paths = piece.map { DiskLayout.trashedBlob(run, $0).appending("data") }
                for (digest, size) in zip(piece, try await driver.sizes(of: paths)) {
                    if let size { found.append((digest, size)) }
                }
            }
        }
        return found
    }

    static let pieceSize = 200

    func list(_ path: StoragePath) async throws(StorageError) -> [FolderEntry] {
        do {
            return try await driver.list(path, after: nil, limit: .max)
        } catch {
            guard error.code == .notFound else { throw error }
            return []
        }
    }

    // MARK: Deleting

    /// Deletes what has been in the trash for longer than a time; goes on with what an earlier call has begun.
    /// - Parameter budget: files a second; nil for as many as there can be.
    /// - Returns: bytes of content that were deleted.
    package func empty(olderThan age: Duration, budget: Int? = nil) async throws(CollectionError) -> Int64 {
        let limit = WallTime.now.microseconds - age.components.seconds * 1_000_000
        var (freed, pacer) = (Int64(0), Pacer(budget))
        do {
            for entry in try await list(DiskLayout.trash) where entry.isFolder {
                guard let began = Self.time(of: entry.name), began.microseconds <= limit else { continue }
                var name = entry.name
                if !name.hasSuffix(Self.deletedSuffix) {
                    // Nobody restores a part of it from now on.
                    let target = name + Self.deletedSuffix
                    let move = StorageMove(DiskLayout.trash(name), to: DiskLayout.trash(target))
                    _ = try await driver.move(all: [move])
                    name = target
                }
                freed += try await delete(name, &pacer)
            }
        } catch let error as StorageError {
            throw CollectionError(error)
        } catch let error as CollectionError {
            throw error
        } catch {
            throw CollectionError(.failed, "\(error)")
        }
        return freed
    }

    private func delete(_ run: String, _ pacer: inout Pacer) async throws -> Int64 {
        var freed: Int64 = 0
        let instruments = context.instruments.maintenance
        let all = try await blobs(of: run)
        for start in stride(from: 0, to: all.count, by: Self.pieceSize) {
            let piece = all[start..<min(start + Self.pieceSize, all.count)]
            try await pacer.spend(piece.count)
            try await erase(piece.map { DiskLayout.trashedBlob(run, $0.digest) })
            let size = piece.reduce(0) { $0 + $1.size }
            freed += size
            instruments.freedBytes.add(size)
            instruments.trash.add(-size)
        }
        // Links are as many again; each of their folders costs the file system as much as content does.
        let links = try await linkFolders(of: run)
        for start in stride(from: 0, to: links.count, by: Self.pieceSize) {
            let piece = links[start..<min(start + Self.pieceSize, links.count)]
            try await pacer.spend(piece.count)
            try await erase(Array(piece))
        }
        try await pacer.spend(1)
        try await driver.erase([DiskLayout.trash(run)])
        return freed
    }

    private func linkFolders(of run: String) async throws(StorageError) -> [StoragePath] {
        try await parts(DiskLayout.trashedRepositories(run), "").flatMap { part in
            let links =
                part.layers.map { DiskLayout.layerLink(part.name, $0) }
                + part.manifests.map { DiskLayout.revisionLink(part.name, $0) }
            return links.compactMap { DiskLayout.trashed(run, $0.parent) }
        }
    }

    /// Some at once, since each waits for the file system.
    private func erase(_ folders: [StoragePath]) async throws(StorageError) {
        let driver = driver
        let failure = await withTaskGroup(of: StorageError?.self) { group in
            for share in 0..<Self.width {
                let own = folders.enumerated().filter { $0.offset % Self.width == share }.map(\.element)
                group.addTask {
                    do throws(StorageError) {
                        try await driver.erase(own)
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.first { $0 != nil } ?? nil
        }
        if let failure { throw failure }
    }

    private static let width = 8

    /// Deletes what one run has taken out, at once.
    func delete(run: String) async throws(CollectionError) {
        var pacer = Pacer(nil)
        do {
            _ = try await delete(run, &pacer)
        } catch let error as StorageError {
            guard error.code != .notFound else { return }
            throw CollectionError(error)
        } catch let error as CollectionError {
            throw error
        } catch {
            throw CollectionError(.failed, "\(error)")
        }
    }

    /// Counts what is in the trash, for the metric.
    package func measure() async {
        guard let runs = try? await runs() else { return }
        context.instruments.maintenance.trash.set(runs.reduce(0) { $0 + $1.bytes })
    }
}
