//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import RegistryModel
import RegistryTelemetry

/// One request's hold on an upload: from `UploadStore.resume` to exactly one of `suspend`, `commit` and `cancel`.
///
/// Dropped without any of them, the hold is given up and the bytes stay.
package struct UploadSession: ~Copyable {
    package let id: UploadID

    private let store: UploadStore
    private let name: RepositoryName
    private let appender: any ContentAppender
    private var hasher: ContentHasher
    /// Bytes taken, whether or not they are written yet.
    package private(set) var offset: Int64

    private var driver: any StorageDriver { store.context.driver }

    init(
        store: UploadStore,
        name: RepositoryName,
        id: UploadID,
        appender: any ContentAppender,
        hasher: ContentHasher
    ) {
        self.store = store
        self.name = name
        self.id = id
        self.appender = appender
        self.hasher = hasher
        self.offset = appender.initialSize
        store.context.instruments.uploadsInProgress.add(1)
    }

    deinit {
        appender.close()
        store.context.instruments.uploadsInProgress.add(-1)
    }

    /// Takes a batch: hashed and written behind the caller.
    /// - Throws: what happened to this batch or the one before; the upload then ends before that one.
    package mutating func append(_ batch: ByteBuffer) async throws(RegistryError) {
        do {
            try await appender.append(batch, hashing: hasher)
            offset += Int64(batch.readableBytes)
        } catch {
            throw store.context.registryError(error)
        }
    }

    /// Leaves the upload to a later request.
    /// - Returns: bytes it has.
    /// - Throws: `BLOB_UPLOAD_UNKNOWN` if another request has ended it meanwhile.
    package consuming func suspend() async throws(RegistryError) -> Int64 {
        try await flush()
        if hasher.count > 0 {
            // Without the state the next request reads the content again: slower, not wrong.
            let states = HashStates(driver: driver, folder: DiskLayout.hashStates(name, id, hasher.algorithm))
            try? await states.save(hasher)
            try await confirm()
        }
        return hasher.count
    }

    /// Makes sure that the upload was not cancelled while this request wrote to it: saving the state has made its folder
    /// anew then.
    private func confirm() async throws(RegistryError) {
        do {
            _ = try await driver.stat(DiskLayout.uploadData(name, id))
        } catch {
            guard error.code == .notFound else { throw store.context.registryError(error) }
            try? await driver.discard(DiskLayout.upload(name, id))
            throw UploadStore.unknown(id)
        }
    }

    /// Makes the upload a blob of the repository: durable content, made visible by one rename, then linked.
    /// - Throws: `DIGEST_INVALID`, after which the upload is gone.
    package consuming func commit(
        expecting digest: Digest,
        by origin: MutationOrigin = MutationOrigin()
    ) async throws(RegistryError) -> Descriptor {
        try await flush()
        let actual = hasher.digest
        guard actual == digest else {
            try? await driver.discard(DiskLayout.upload(name, id))
            await store.context.journal?.note([.uploadEnded(name, id)])
            throw .digestInvalid("the content is \(actual), not \(digest)")
        }
        let (name, id, size, driver) = (name, id, hasher.count, driver)
        let items: [StorageItem] = [.blob(digest), .layer(name, digest), .upload(name, id)]
        let publish = Publication(store: store, name: name, id: id)
        let context = store.context
        try await context.using(name, [digest]) { () async throws(RegistryError) in
            let blob = Descriptor(mediaType: .octetStream, digest: digest, size: size)
            let event = StorageEvent(.push, .blob(blob), in: name)
            try await context.change(items, by: origin, telling: [event]) { (changes) async throws(RegistryError) in
                try await publish.content(digest, size: size)
                changes.append(.blobStored(digest, size: size))
                try await publish.link(digest)
                changes.append(.layerLinked(name, digest, target: digest))
                // What is left of the session is of no use to anyone; if it cannot be removed now, purging will.
                if (try? await driver.discard(DiskLayout.upload(name, id))) != nil {
                    changes.append(.uploadEnded(name, id))
                }
            }
        }
        store.context.instruments.blobUploads.record(hasher.count, by: SpanScope.current?.exemplarOrigin)
        return Descriptor(mediaType: .octetStream, digest: digest, size: hasher.count)
    }

    private mutating func flush() async throws(RegistryError) {
        let start = MonotonicTime.now
        let span = OpenSpan.begin()
        do {
            if let end = try await appender.flush() {
                hasher = end.hasher
                offset = end.size
            }
        } catch {
            span?.end(.upload(.write, bytes: nil), error.spanOutcome)
            throw store.context.registryError(error)
        }
        span?.end(.upload(.write, bytes: offset))
        store.context.instruments.uploadStages[.write].record(MonotonicTime.now - start, by: span?.exemplarOrigin)
    }
}
