//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryLedger
import RegistryMaintenance
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

/// Stores over a driver, with or without a ledger, of which garbage is collected.
struct MaintenanceBench {
    let driver: any StorageDriver
    let folder: TemporaryFolder
    let observer = RecordingObserver()
    let instruments: Instruments
    let ledger: SQLiteLedger?
    let context: StoreContext
    let uploads: UploadStore
    let blobs: BlobStore
    let manifests: ManifestStore
    let tags: TagStore
    let catalog: CatalogStore

    /// - Parameter period: how long it is remembered what was used; not at all unless a test is about it.
    init(
        _ driver: any StorageDriver = InMemoryDriver(),
        folder: TemporaryFolder? = nil,
        hasLedger: Bool = true,
        period: Duration = .zero
    ) async throws {
        self.driver = driver
        self.folder = try folder ?? TemporaryFolder()
        instruments = Instruments(driverName: driver.name)
        var settings = SQLiteLedger.Settings(path: self.folder.path + "/ledger.db")
        // Other tests have the processors too.
        settings.patience = .seconds(120)
        settings.openingPatience = .seconds(120)
        ledger =
            hasLedger
            ? SQLiteLedger(
                settings,
                driver: driver,
                pool: .forTests,
                instruments: instruments.ledger,
                observer: observer
            ) : nil
        context = StoreContext(
            driver: driver,
            instruments: instruments,
            observer: observer,
            journal: ledger,
            index: ledger,
            uses: UseGuard(period: period)
        )
        uploads = UploadStore(context)
        blobs = BlobStore(context)
        manifests = ManifestStore(context, cacheEntries: 100)
        tags = TagStore(context)
        catalog = CatalogStore(context)
        guard let ledger else { return }
        try await ledger.openAlone()
        if ledger.standing.state != .current { _ = try await ledger.rebuild(fromStart: false) { _, _ in } }
    }

    func collector(_ settings: CollectionSettings = CollectionSettings()) -> Collector {
        Collector(context, driver: driver, ledger: ledger, settings)
    }

    func collect(_ settings: CollectionSettings = CollectionSettings()) async -> CollectionReport {
        // What was used last is remembered whatever the period is.
        await context.uses.use([Digest.of(Array("another".utf8))])
        await context.uses.use([Digest.of(Array("another".utf8))])
        return await collector(settings).run()
    }

    @discardableResult
    func push(_ bytes: [UInt8], to text: String) async throws -> Digest {
        let name = try RepositoryName(text)
        let id = try await uploads.begin(in: name, at: .now)
        var session = try await uploads.resume(id, in: name, .sha256)
        try await session.append(ByteBuffer(bytes: bytes))
        return try await session.commit(expecting: Digest.of(bytes)).digest
    }

    @discardableResult
    func put(_ manifest: [UInt8], tags: [String] = [], to text: String) async throws -> Digest {
        let push = ManifestStore.Push(
            bytes: ByteBuffer(bytes: manifest),
            mediaType: nil,
            expected: nil,
            tags: try tags.map { try Tag($0) }
        )
        return try await manifests.put(push, in: RepositoryName(text)).digest
    }

    /// Pushes an image of some layers, each a text.
    @discardableResult
    func pushImage(
        _ layers: [String],
        tags: [String] = [],
        to name: String,
        subject: Digest? = nil
    ) async throws -> Digest {
        let contents = layers.map { Array($0.utf8) }
        for blob in [Array("{}".utf8)] + contents { try await push(blob, to: name) }
        let extra =
            subject.map { #","subject":{"mediaType":"\#(MediaType.ociManifest)","digest":"\#($0)","size":1}"# } ?? ""
        return try await put(
            WireClient.manifest(configuration: Array("{}".utf8), layers: contents, extra: extra),
            tags: tags,
            to: name
        )
    }

    @discardableResult
    func pushIndex(_ children: [Digest], tags: [String] = [], to name: String) async throws -> Digest {
        let entries = children.map { #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#($0)","size":1}"# }
        let list = entries.joined(separator: ",")
        let index = #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(list)]}"#
        return try await put(Array(index.utf8), tags: tags, to: name)
    }

    /// All content that is there.
    func content() async throws -> Set<Digest> {
        var all: Set<Digest> = []
        let tree = TreeReader(driver)
        for algorithm in DigestAlgorithm.allCases {
            for byte in UInt8.min...UInt8.max { all.formUnion(try await tree.shard(algorithm, byte).keys) }
        }
        return all
    }

    func isThere(_ text: String) async throws -> Bool {
        try await TreeReader(driver).size(of: Digest.of(Array(text.utf8))) != nil
    }

    /// What the ledger has otherwise than the storage.
    func differences() async throws -> [LedgerDifference] {
        var differences: [LedgerDifference] = []
        _ = try await ledger?.verify { found, _ in differences += found }
        return differences
    }

    func close() async { await ledger?.close() }
}
