//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryStorage
package import RegistryTelemetry

/// Content in an object store, under the keys that distribution's drivers use: one driver for all vendors.
///
/// There are no folders: one is there while a key goes on below it. So content below other content, or in the place of a
/// folder, is not refused but kept beside it; the layout of a registry has neither. What a write replaces is not looked
/// for, since that would be a request more.
package struct ObjectStorageDriver: StorageDriver {
    let store: any ObjectStore
    let keys: ObjectKeys
    let settings: Settings
    let governor: RequestGovernor
    let pool: IOPool
    let instruments: BackendInstruments
    let holds = AppenderHolds()

    package struct Settings: Sendable, Equatable {
        /// The folder in the bucket.
        package var root = ""
        /// Of parts that are put, in bytes.
        package var chunkBytes: Int64 = 10 << 20
        /// Parts of one upload that are on their way at once.
        package var chunksInFlight = 3
        /// When the first segment of an upload ends, in bytes.
        package var segmentBytes: Int64 = 64 << 20
        /// Of parts that are copied, in bytes.
        package var copyChunkBytes: Int64 = 32 << 20
        /// Parts of one object that are copied at once.
        package var copiesInFlight = 100
        /// Up to this, an object is copied whole.
        package var copyThresholdBytes: Int64 = 32 << 20
        /// How long an address is good to which a client is sent.
        package var redirectTime = Duration.seconds(20 * 60)
        /// Whether clients are sent to the store for blobs.
        package var redirects = true
        /// Requests that are made at once for what is asked for at once.
        package var parallel = 32

        package init() {}
    }

    /// - Parameters:
    ///   - pool: where content is hashed.
    ///   - governor: the one that the store's requests go through.
    package init(
        _ store: any ObjectStore,
        _ settings: Settings,
        pool: IOPool,
        governor: RequestGovernor,
        instruments: BackendInstruments
    ) {
        self.store = store
        self.keys = ObjectKeys(root: settings.root)
        self.settings = settings
        self.pool = pool
        self.governor = governor
        self.instruments = instruments
    }

    package var name: String { store.name }

    /// A store has as much room as is paid for.
    package func capacity() async throws(StorageError) -> StorageCapacity? { nil }

    /// Makes a request and says where it failed.
    func ask<Output: Sendable>(
        _ operation: StaticString,
        _ path: StoragePath,
        _ request: () async throws(ObjectStoreError) -> Output
    ) async throws(StorageError) -> Output {
        do { return try await request() } catch { throw error.at(operation, path) }
    }

    /// Ends the connections to the store.
    package func shutDown() async { await store.shutDown() }
}
