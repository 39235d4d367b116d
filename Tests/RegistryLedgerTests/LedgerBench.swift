//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit

@testable import RegistryLedger

/// Stores over a driver, with a ledger that is told of every change.
struct LedgerBench {
    let driver: any StorageDriver
    let folder: TemporaryFolder
    let observer = RecordingObserver()
    let instruments: Instruments
    let ledger: SQLiteLedger
    let context: StoreContext
    let uploads: UploadStore
    let blobs: BlobStore
    let manifests: ManifestStore
    let tags: TagStore
    let catalog: CatalogStore
    let referrers: ReferrerStore

    /// - Parameters:
    ///   - isJournalled: false for a server that knows nothing of the ledger.
    ///   - journal: has the events in place of the ledger, which is not told of anything.
    init(
        _ driver: any StorageDriver = InMemoryDriver(),
        folder: TemporaryFolder? = nil,
        file: String = "ledger.db",
        isJournalled: Bool = true,
        usage: UsageCounter? = nil,
        router: (any EventRouter)? = nil,
        history: Duration = .seconds(3600),
        // Other tests have the processors too.
        patience: Duration = .seconds(120),
        journal: (any EventJournal)? = nil
    ) throws {
        self.driver = driver
        self.folder = try folder ?? TemporaryFolder()
        instruments = Instruments(driverName: driver.name)
        var settings = SQLiteLedger.Settings(path: self.folder.path + "/" + file)
        settings.pace = 1
        settings.patience = patience
        settings.openingPatience = .seconds(120)
        settings.usage = usage
        settings.router = router
        settings.history = history
        ledger = SQLiteLedger(
            settings,
            driver: driver,
            pool: .forTests,
            instruments: instruments.ledger,
            observer: observer
        )
        context = StoreContext(
            driver: driver,
            instruments: instruments,
            observer: observer,
            journal: isJournalled ? journal ?? ledger : nil,
            index: isJournalled && journal == nil ? ledger : nil,
            events: isJournalled ? journal?.outbox ?? ledger.outbox : nil
        )
        uploads = UploadStore(context)
        blobs = BlobStore(context)
        manifests = ManifestStore(context, cacheEntries: 100)
        tags = TagStore(context)
        catalog = CatalogStore(context)
        referrers = ReferrerStore(context, manifests: manifests)
    }

    var events: [String] { observer.events.map(\.name.rawValue) }

    /// Opens the ledger, and compares it with the storage if need be.
    func start() async {
        await ledger.open()
        await ledger.tend()
    }

    @discardableResult
    func push(_ bytes: [UInt8], to name: RepositoryName) async throws -> Digest {
        let id = try await uploads.begin(in: name, at: .now)
        var session = try await uploads.resume(id, in: name, .sha256)
        try await session.append(ByteBuffer(bytes: bytes))
        return try await session.commit(expecting: Digest.of(bytes)).digest
    }

    @discardableResult
    func put(
        _ manifest: [UInt8],
        tags: [String] = [],
        in name: RepositoryName,
        by origin: MutationOrigin = MutationOrigin()
    ) async throws -> StoredManifest {
        let push = ManifestStore.Push(
            bytes: ByteBuffer(bytes: manifest),
            mediaType: nil,
            expected: nil,
            tags: try tags.map { try Tag($0) },
            origin: origin
        )
        return try await manifests.put(push, in: name)
    }

    /// Pushes an image of some layers.
    @discardableResult
    func pushImage(_ layers: [[UInt8]], tags: [String] = [], to text: String) async throws -> StoredManifest {
        let name = try RepositoryName(text)
        for blob in [Array("{}".utf8)] + layers { try await push(blob, to: name) }
        return try await put(WireClient.manifest(configuration: Array("{}".utf8), layers: layers), tags: tags, in: name)
    }

    /// What the ledger has otherwise than the storage.
    func differences() async throws -> [LedgerDifference] {
        var differences: [LedgerDifference] = []
        let comparison = LedgerComparison(ledger: ledger, mends: false, pace: 1)
        _ = try await comparison.run { found, _ in differences += found }
        return differences
    }
}
