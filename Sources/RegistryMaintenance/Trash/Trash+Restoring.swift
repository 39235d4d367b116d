//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryModel
package import RegistryStorage
import RegistryTelemetry

extension Trash {
    /// What was put back.
    package struct Restored: Sendable, Equatable {
        package var blobs = 0
        package var bytes: Int64 = 0
        package var layers = 0
        package var manifests = 0
        package var tags = 0
        /// What is there again already, and stays in the trash.
        package var kept = 0

        package var json: JSONText {
            .object([
                ("blobs", .number(Int64(blobs))), ("bytes", .number(bytes)), ("layers", .number(Int64(layers))),
                ("manifests", .number(Int64(manifests))), ("tags", .number(Int64(tags))),
                ("kept", .number(Int64(kept))),
            ])
        }
    }

    /// What of a repository is in the trash.
    struct Part {
        var name: RepositoryName
        var layers: [Digest] = []
        var manifests: [Digest] = []
        var tags: [Tag] = []
    }

    /// Puts back all that a run has taken out: content first, then what leads to it.
    /// - Throws: `not_found` as `unknown` for a run that there is not.
    package func restore(run: String, by origin: MutationOrigin) async throws(CollectionError) -> Restored {
        guard Self.time(of: run) != nil, !run.hasSuffix(Self.deletedSuffix), !run.contains("/") else {
            throw CollectionError(.failed, "\(run) is not the name of a run")
        }
        do throws(StorageError) {
            _ = try await driver.stat(DiskLayout.trash(run))
        } catch {
            throw CollectionError(.failed, "there is no run \(run) in the trash")
        }
        return try await restore(run, by: origin) { _ in true }
    }

    /// Puts back one piece of content, from the latest run that has it; a manifest with all that it names.
    package func restore(_ digest: Digest, by origin: MutationOrigin) async throws(CollectionError) -> Restored {
        let runs: [Run]
        do { runs = try await self.runs() } catch { throw CollectionError(error) }
        for run in runs.reversed() {
            let wanted = try await closure(of: digest, run.name)
            let restored = try await restore(run.name, by: origin) { wanted.contains($0) }
            if restored != Restored() { return restored }
        }
        throw CollectionError(.failed, "\(digest) is not in the trash")
    }

    /// A digest with all that the manifest of that digest names, as it is in the trash or still in the storage.
    private func closure(of digest: Digest, _ run: String) async throws(CollectionError) -> Set<Digest> {
        var (wanted, waiting) = (Set([digest]), [digest])
        while let next = waiting.popLast() {
            for path in [DiskLayout.trashedBlob(run, next).appending("data"), DiskLayout.blob(next)] {
                guard let bytes = try? await driver.read(path, limit: ManifestFacts.maximumBytes),
                    let facts = try? ManifestFacts(bytes: bytes.readableBytesView, declared: nil)
                else { continue }
                for blob in facts.blobs + facts.foreignLayers { wanted.insert(blob.digest) }
                for child in facts.manifests where wanted.insert(child.digest).inserted { waiting.append(child.digest) }
                break
            }
        }
        return wanted
    }

    private func restore(
        _ run: String,
        by origin: MutationOrigin,
        where isWanted: (Digest) -> Bool
    ) async throws(CollectionError) -> Restored {
        var restored = Restored()
        do {
            for (digest, size) in try await blobs(of: run) where isWanted(digest) {
                await context.uses.use([digest])
                let move = StorageMove(DiskLayout.trashedBlob(run, digest), to: DiskLayout.blobFolder(digest))
                let isBack = try await putBack([.blob(digest)], move, by: origin) { .blobStored(digest, size: size) }
                if isBack {
                    restored.blobs += 1
                    restored.bytes += size
                    context.instruments.maintenance.trash.add(-size)
                } else {
                    restored.kept += 1
                }
            }
            for part in try await parts(DiskLayout.trashedRepositories(run), "") {
                try await restore(part, run, by: origin, &restored, where: isWanted)
            }
        } catch let error as StorageError {
            throw CollectionError(error)
        } catch let error as RegistryError {
            throw CollectionError(error)
        } catch {
            throw CollectionError(.failed, "\(error)")
        }
        return restored
    }

    private func restore(
        _ part: Part,
        _ run: String,
        by origin: MutationOrigin,
        _ restored: inout Restored,
        where isWanted: (Digest) -> Bool
    ) async throws {
        let (name, tree) = (part.name, TreeReader(driver))
        func move(_ path: StoragePath) -> StorageMove? {
            DiskLayout.trashed(run, path).map { StorageMove($0, to: path) }
        }
        func note(_ isBack: Bool, _ count: WritableKeyPath<Restored, Int>) {
            restored[keyPath: isBack ? count : \.kept] += 1
        }
        await context.uses.use(part.layers + part.manifests)
        for digest in part.layers where isWanted(digest) {
            let link = DiskLayout.layerLink(name, digest)
            guard let move = move(link.parent) else { continue }
            let text = try await driver.read(move.source.appending("link"), limit: 256)
            let target = (try? Digest(String(buffer: text))) ?? digest
            note(
                try await putBack([.layer(name, digest)], move, by: origin) {
                    .layerLinked(name, digest, target: target)
                },
                \.layers
            )
        }
        for digest in part.manifests where isWanted(digest) {
            guard let move = move(DiskLayout.revisionLink(name, digest).parent),
                let manifest = try await tree.manifest(digest)
            else { continue }
            note(
                try await putBack([.manifest(name, digest)], move, by: origin) { .manifestLinked(name, manifest) },
                \.manifests
            )
        }
        for tag in part.tags {
            guard let move = move(DiskLayout.tag(name, tag)),
                let text = try? await driver.read(move.source.appending("current/link"), limit: 256),
                let target = try? Digest(String(buffer: text)), isWanted(target)
            else { continue }
            note(try await putBack([.tag(name, tag)], move, by: origin) { .tagSet(name, tag, target) }, \.tags)
        }
    }

    /// - Returns: false for what is there again already.
    private func putBack(
        _ items: [StorageItem],
        _ move: StorageMove,
        by origin: MutationOrigin,
        _ change: @Sendable () -> StorageChange
    ) async throws(RegistryError) -> Bool {
        try await context.change(items, by: origin) { (changes) async throws(RegistryError) in
            do throws(StorageError) {
                _ = try await driver.stat(move.target)
                return false
            } catch {
                guard error.code == .notFound else {
                    throw RegistryError(.unknown, detail: "the storage failed", cause: error.description)
                }
            }
            do throws(StorageError) {
                guard try await driver.move(all: [move]) == [true] else { return false }
            } catch {
                throw RegistryError(.unknown, detail: "the storage failed", cause: error.description)
            }
            changes.append(change())
            return true
        }
    }

    /// All repositories of which something is in the trash.
    func parts(_ folder: StoragePath, _ prefix: String) async throws(StorageError) -> [Part] {
        var parts: [Part] = []
        let entries = try await list(folder)
        if let name = try? RepositoryName(prefix), entries.contains(where: { $0.name.hasPrefix("_") }) {
            var part = Part(name: name)
            for algorithm in DigestAlgorithm.allCases {
                let algorithmName = algorithm.rawValue
                part.layers += try await list(folder.appending("_layers", algorithmName)).compactMap {
                    try? Digest("\(algorithmName):\($0.name)")
                }
                part.manifests += try await list(folder.appending("_manifests/revisions", algorithmName)).compactMap {
                    try? Digest("\(algorithmName):\($0.name)")
                }
            }
            part.tags = try await list(folder.appending("_manifests/tags")).compactMap { try? Tag($0.name) }
            parts.append(part)
        }
        for entry in entries where entry.isFolder && !entry.name.hasPrefix("_") {
            let name = prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)"
            parts += try await self.parts(folder.appending(entry.name), name)
        }
        return parts
    }
}
