//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit

@testable import RegistryStorage

/// All stores over one driver, with what they tell and count.
struct Stores {
    let driver: any StorageDriver
    let observer = RecordingObserver()
    let instruments: Instruments
    let context: StoreContext
    let uploads: UploadStore
    let blobs: BlobStore
    let manifests: ManifestStore
    let tags: TagStore
    let catalog: CatalogStore
    let referrers: ReferrerStore
    let links: LinkStore
    let name: RepositoryName

    init(_ driver: any StorageDriver = InMemoryDriver(), name: String = "team/app") throws(RegistryError) {
        self.driver = driver
        self.instruments = Instruments(driverName: driver.name)
        self.context = StoreContext(
            driver: InstrumentedDriver(driver, instruments: instruments),
            instruments: instruments,
            observer: observer
        )
        self.uploads = UploadStore(context)
        self.blobs = BlobStore(context)
        self.manifests = ManifestStore(context, cacheEntries: 100)
        self.tags = TagStore(context)
        self.catalog = CatalogStore(context)
        self.referrers = ReferrerStore(context, manifests: manifests)
        self.links = LinkStore(context: context)
        self.name = try RepositoryName(name)
    }

    var events: [String] { observer.events.map(\.name.rawValue) }

    /// Pushes a blob as `POST` and `PUT` do.
    @discardableResult
    func push(
        _ bytes: [UInt8],
        _ algorithm: DigestAlgorithm = .sha256,
        to other: RepositoryName? = nil
    ) async throws(RegistryError) -> Digest {
        let name = other ?? name
        let id = try await uploads.begin(in: name, at: WallTime(microseconds: 0))
        var session = try await uploads.resume(id, in: name, algorithm)
        try await session.append(ByteBuffer(bytes: bytes))
        return try await session.commit(expecting: Digest.of(bytes, algorithm)).digest
    }

    /// Pushes an image manifest and the empty configuration that it needs.
    @discardableResult
    func pushManifest(tags: [String] = [], extra: String = "") async throws -> StoredManifest {
        let configuration = Array("{}".utf8)
        try await push(configuration)
        return try await put(WireClient.manifest(configuration: configuration, layers: [], extra: extra), tags: tags)
    }

    @discardableResult
    func put(_ manifest: [UInt8], tags: [String] = [], expected: Digest? = nil) async throws(RegistryError)
        -> StoredManifest
    {
        var list: [Tag] = []
        for tag in tags { list.append(try Tag(tag)) }
        let push = ManifestStore.Push(
            bytes: ByteBuffer(bytes: manifest),
            mediaType: nil,
            expected: expected,
            tags: list
        )
        return try await manifests.put(push, in: name)
    }

    /// Driver calls made by a piece of work.
    func calls<Failure: Error>(_ body: () async throws(Failure) -> Void) async throws -> Int {
        let meter = StorageMeter()
        try await StorageMeter.$current.withValue(meter) { try await body() }
        return meter.reading.calls
    }
}

/// What a store refuses with; nil if it does not.
func refusal<Output>(_ call: () async throws(RegistryError) -> Output) async -> RegistryError? {
    do throws(RegistryError) {
        _ = try await call()
        return nil
    } catch {
        return error
    }
}
