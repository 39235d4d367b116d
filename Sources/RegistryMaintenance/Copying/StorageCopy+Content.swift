//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage

extension StorageCopy {
    /// What has become of one piece of content.
    struct Outcome: Sendable {
        let digest: Digest
        /// Why it is not in the target; nil if it is.
        var cause: String?
        /// That were copied; nil for content that was there.
        var bytes: Int64?
        var isVerified = false
    }

    /// Copies content, some at once, in no order.
    func copy(
        _ digests: [Digest],
        _ progress: inout Progress,
        _ report: (Progress) -> Void
    ) async throws(CollectionError) -> [Outcome] {
        let there = try await reading { () async throws(StorageError) in
            try await target.sizes(of: digests.map { DiskLayout.blob($0) })
        }
        var rest = zip(digests, there).makeIterator()
        var outcomes: [Outcome] = []
        let result = await withTaskGroup(of: Result<Outcome, CollectionError>.self) { group in
            for _ in 0..<max(settings.jobs, 1) {
                guard let (digest, size) = rest.next() else { break }
                group.addTask { await outcome(of: digest, inTarget: size) }
            }
            while let result = await group.next() {
                let outcome: Outcome
                switch result {
                case .success(let value): outcome = value
                case .failure(let error):
                    group.cancelAll()
                    return Result<Void, CollectionError>.failure(error)
                }
                outcomes.append(outcome)
                progress.add(outcome)
                report(progress)
                if let (digest, size) = rest.next() { group.addTask { await self.outcome(of: digest, inTarget: size) } }
            }
            return .success(())
        }
        try result.get()
        return outcomes
    }

    private func outcome(of digest: Digest, inTarget known: Int64?) async -> Result<Outcome, CollectionError> {
        do throws(CollectionError) { return .success(try await copy(digest, inTarget: known)) } catch {
            return .failure(error)
        }
    }

    private func copy(_ digest: Digest, inTarget known: Int64?) async throws(CollectionError) -> Outcome {
        if Task.isCancelled { throw .stopped }
        guard let content = try await open(digest, source) else {
            return Outcome(digest: digest, cause: "it is not in the source")
        }
        defer { content.close() }
        if known == content.size {
            guard settings.verifies else { return Outcome(digest: digest) }
            if try await verify(digest) { return Outcome(digest: digest, isVerified: true) }
        }
        guard !settings.isDryRun else { return Outcome(digest: digest, bytes: content.size) }
        guard try await write(content, digest) else {
            return Outcome(digest: digest, cause: "it is damaged in the source")
        }
        guard settings.verifies else { return Outcome(digest: digest, bytes: content.size) }
        guard try await verify(digest) else {
            return Outcome(digest: digest, cause: "the target has it otherwise than it was written")
        }
        return Outcome(digest: digest, bytes: content.size, isVerified: true)
    }

    /// Nil for what is not there.
    private func open(_ digest: Digest, _ driver: any StorageDriver) async throws(CollectionError)
        -> (any StoredContent)?
    {
        do throws(StorageError) {
            return try await driver.open(DiskLayout.blob(digest))
        } catch {
            guard error.code == .notFound else { throw CollectionError(error) }
            return nil
        }
    }

    /// Whether the target's content is what its name says.
    private func verify(_ digest: Digest) async throws(CollectionError) -> Bool {
        guard let content = try await open(digest, target) else { return false }
        defer { content.close() }
        return try await reading { () async throws(StorageError) in
            try await content.hash(ContentHasher(digest.algorithm), upTo: content.size).digest == digest
        }
    }

    /// - Returns: false if the content is not what its name says, and nothing was written.
    private func write(_ content: any StoredContent, _ digest: Digest) async throws(CollectionError) -> Bool {
        try await reading { () async throws(StorageError) in
            guard content.size > Self.smallSize else {
                let bytes = try await content.read(at: 0, count: Int(content.size))
                var hasher = ContentHasher(digest.algorithm)
                bytes.withUnsafeReadableBytes { hasher.update($0) }
                guard hasher.digest == digest else { return false }
                _ = try await target.replace(DiskLayout.blob(digest), with: bytes, .durable)
                return true
            }
            let folder = DiskLayout.copied(digest)
            // What an earlier copy, that was ended, has left.
            try await discard(folder)
            try await target.replace(folder.appending("begun"), with: ByteBuffer(), .volatile)
            let isWhole = try await stream(content, digest, to: folder.appending("data"))
            if isWhole { _ = try await target.publish(folder.appending("data"), as: DiskLayout.blob(digest)) }
            try await discard(folder)
            return isWhole
        }
    }

    private func stream(_ content: any StoredContent, _ digest: Digest, to path: StoragePath)
        async throws(StorageError) -> Bool
    {
        let appender = try await target.append(path)
        defer { appender.close() }
        var hasher = ContentHasher(digest.algorithm)
        var offset: Int64 = 0
        while offset < content.size {
            let batch = try await content.read(at: offset, count: Self.batchSize)
            guard batch.readableBytes > 0 else { return false }
            try await appender.append(batch, hashing: hasher)
            offset += Int64(batch.readableBytes)
            if let end = try await appender.flush() { hasher = end.hasher }
        }
        return hasher.digest == digest
    }

    private func discard(_ folder: StoragePath) async throws(StorageError) {
        do {
            try await target.discard(folder)
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    /// Up to this, content is read and written whole.
    private static let smallSize: Int64 = 4 << 20
    private static let batchSize = 4 << 20
}

extension StorageCopy.Progress {
    mutating func add(_ outcome: StorageCopy.Outcome) {
        if outcome.isVerified { verified += 1 }
        guard outcome.cause == nil else { return }
        if let bytes = outcome.bytes {
            blobs += 1
            self.bytes += bytes
        } else {
            present += 1
        }
    }
}
