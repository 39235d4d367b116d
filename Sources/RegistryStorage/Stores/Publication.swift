//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// Makes an upload a blob of its repository.
struct Publication {
    let store: UploadStore
    let name: RepositoryName
    let id: UploadID

    private var context: StoreContext { store.context }

    /// Makes the content durable, and visible by one rename.
    func content(_ digest: Digest, size: Int64) async throws(RegistryError) {
        let start = MonotonicTime.now
        let path = DiskLayout.blob(digest)
        // Another request that ended or cancelled the upload may have taken the content away meanwhile.
        let previous = try await SpanScope.measure(.upload(.commit, bytes: size)) { () async throws(RegistryError) in
            try await context.call(missing: UploadStore.unknown(id)) { () async throws(StorageError) in
                try await context.driver.publish(DiskLayout.uploadData(name, id), as: path)
            }
        }
        context.verifiedSizes.insert(size, for: digest, bytes: 0)
        record(.commit, since: start)
        guard let previous, previous != size else { return }
        // The content was there and was not what its name says; now it is.
        context.instruments.blobsRepaired.add()
        context.observer.note(
            ServerEvent(
                .blobRepaired,
                [
                    .init(.digest, .text(digest.description)),
                    .init(.size, .number(size)), .init(.previousSize, .number(previous)),
                ]
            )
        )
    }

    /// Links it into the repository.
    func link(_ digest: Digest) async throws(RegistryError) {
        let start = MonotonicTime.now
        try await SpanScope.measure(.upload(.link, bytes: nil)) { () async throws(RegistryError) in
            try await store.links.set(DiskLayout.layerLink(name, digest), to: digest)
        }
        record(.link, since: start)
    }

    private func record(_ stage: UploadStage, since start: MonotonicTime) {
        let origin = SpanScope.current?.exemplarOrigin
        context.instruments.uploadStages[stage].record(MonotonicTime.now - start, by: origin)
    }
}
