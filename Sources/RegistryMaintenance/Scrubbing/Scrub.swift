//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// Reads all content and compares it with the digests that are its names.
///
/// What is not so is taken out into quarantine, where it answers no request. Clients that have it push it again, which
/// repairs it.
package struct Scrub: Sendable {
    private let context: StoreContext
    private let driver: any StorageDriver
    /// Bytes a second that may be read; nil for as many as there can be.
    private let budget: Int?
    private let origin: MutationOrigin

    static let shardCount = DigestAlgorithm.allCases.count * 256
    /// Bytes that are hashed at a time.
    private static let pieceSize: Int64 = 4 << 20

    package init(_ context: StoreContext, driver: any StorageDriver, budget: Int?, by origin: MutationOrigin) {
        self.context = context
        self.driver = driver
        self.budget = budget
        self.origin = origin
    }

    /// Damaged content that was found.
    package struct Finding: Sendable, Equatable {
        package var digest: Digest
        /// What it is.
        package var actual: Digest
        package var size: Int64

        package var json: JSONText {
            .object([
                ("digest", .string(digest.description)), ("actual", .string(actual.description)),
                ("size", .number(size)),
            ])
        }
    }

    /// Goes through all content once, from where an earlier round has been left off.
    /// - Parameters:
    ///   - slice: how long it may take before it returns, to be called again; nil for no bound.
    ///   - each: told of all that was found damaged, after it was taken out.
    ///   - save: told often how far it has come; first that it has begun, before anything is read.
    /// - Throws: `stopped` when the task is cancelled; the position that was saved last is where to go on.
    package func run(
        from start: ScrubPosition,
        slice: Duration? = nil,
        each: (Finding) -> Void = { _ in },
        save: (ScrubPosition) async -> Void = { _ in }
    ) async throws(CollectionError) -> ScrubPosition {
        let instruments = context.instruments.maintenance
        var position = start
        instruments.scrubPosition.set(Int64(position.shard * 1000 / Self.shardCount))
        if position.began == nil {
            let completed = position.completed
            position = ScrubPosition()
            position.completed = completed
            position.began = .now
            // Else the numbers of the last one would stand until a blob has been read.
            await save(position)
        }
        var (pacer, saved) = (Pacer(budget), ContinuousClock.now)
        let end = slice.map { ContinuousClock.now + $0 }
        while position.shard < Self.shardCount {
            let algorithm = DigestAlgorithm.allCases[position.shard / 256]
            let digests: [Digest]
            do {
                digests = try await TreeReader(driver).shard(algorithm, UInt8(position.shard % 256)).keys.sorted {
                    byteOrder($0.description, $1.description)
                }
            } catch {
                throw CollectionError(error)
            }
            for digest in digests where position.last.map({ byteOrder($0.description, digest.description) }) ?? true {
                try await pacer.spend(0)
                let (size, finding) = try await check(digest, &pacer)
                position.last = digest
                position.blobs += 1
                position.bytes += size
                instruments.scrubbed.add()
                if let finding {
                    position.damaged += 1
                    each(finding)
                }
                if .now - saved > .seconds(5) {
                    await save(position)
                    saved = .now
                }
                if let end, .now > end {
                    await save(position)
                    return position
                }
            }
            try await pacer.spend(0)
            position.shard += 1
            position.last = nil
            instruments.scrubPosition.set(Int64(position.shard * 1000 / Self.shardCount))
        }
        position.shard = 0
        position.began = nil
        position.completed = .now
        await save(position)
        return position
    }

    private func check(_ digest: Digest, _ pacer: inout Pacer) async throws(CollectionError) -> (Int64, Finding?) {
        guard let first = try await hash(digest, &pacer) else { return (0, nil) }
        guard first.actual != digest else { return (first.size, nil) }
        // Once more while nobody can replace it.
        guard !context.uses.claim([digest]).isEmpty else { return (first.size, nil) }
        defer { context.uses.release([digest]) }
        guard let second = try await hash(digest, &pacer), second.actual != digest else { return (first.size, nil) }
        try await quarantine(digest)
        context.noteDamaged(digest, in: nil, "is \(second.actual), \(second.size) bytes long")
        context.instruments.maintenance.quarantined.add()
        return (first.size, Finding(digest: digest, actual: second.actual, size: second.size))
    }

    /// What content is; nil if it is gone.
    private func hash(_ digest: Digest, _ pacer: inout Pacer) async throws(CollectionError)
        -> (actual: Digest, size: Int64)?
    {
        do {
            let content = try await driver.open(DiskLayout.blob(digest))
            defer { content.close() }
            var hasher = ContentHasher(digest.algorithm)
            while hasher.count < content.size {
                let end = min(hasher.count + Self.pieceSize, content.size)
                let count = Int(end - hasher.count)
                hasher = try await content.hash(hasher, upTo: end)
                context.instruments.maintenance.scrubbedBytes.add(Int64(count))
                try await pacer.spend(count)
            }
            return (hasher.digest, content.size)
        } catch let error as StorageError {
            guard error.code != .notFound else { return nil }
            throw CollectionError(error)
        } catch let error as CollectionError {
            throw error
        } catch {
            throw CollectionError(.failed, "\(error)")
        }
    }

    private func quarantine(_ digest: Digest) async throws(CollectionError) {
        let move = StorageMove(DiskLayout.blobFolder(digest), to: DiskLayout.quarantined(digest))
        let driver = driver
        do throws(RegistryError) {
            try await context.change([.blob(digest)], by: origin) { (changes) async throws(RegistryError) in
                // Of an earlier time.
                try? await driver.discard(move.target)
                do throws(StorageError) {
                    _ = try await driver.move(all: [move])
                } catch {
                    throw RegistryError(.unknown, detail: "the storage failed", cause: error.description)
                }
                changes.append(.blobRemoved(digest))
            }
        } catch {
            throw CollectionError(error)
        }
    }
}
