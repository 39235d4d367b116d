//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// What is remembered in the storage of what was done, so that a restart neither does it again nor puts it off.
struct MaintenanceRecord {
    let driver: any StorageDriver

    struct Collection: Sendable, Equatable {
        /// When the last one was begun, and when the last that was completed.
        var began: WallTime?
        var completed: WallTime?
    }

    func collection() async -> Collection {
        let content = await read(DiskLayout.collectionRecord)
        var collection = Collection()
        collection.began = Self.time(content?["began"])
        collection.completed = Self.time(content?["completed"])
        return collection
    }

    /// - Parameter report: of the last one, for people.
    func save(_ collection: Collection, _ report: CollectionReport) async {
        await write(
            .object([
                ("began", collection.began.map { .string($0.secondsDescription) }),
                ("completed", collection.completed.map { .string($0.secondsDescription) }),
                ("report", report.json),
            ]),
            DiskLayout.collectionRecord
        )
    }

    func scrub() async -> ScrubPosition {
        let content = await read(DiskLayout.scrubRecord)
        var position = ScrubPosition()
        position.shard = Self.count(content?["shard"])
        position.last = content?["last"]?.string.flatMap { try? Digest($0) }
        position.blobs = Self.count(content?["blobs"])
        position.bytes = Int64(Self.count(content?["bytes"]))
        position.damaged = Self.count(content?["damaged"])
        position.began = Self.time(content?["began"])
        position.completed = Self.time(content?["completed"])
        guard (0..<Scrub.shardCount).contains(position.shard) else { return ScrubPosition() }
        return position
    }

    func save(_ position: ScrubPosition) async { await write(position.json, DiskLayout.scrubRecord) }

    private static func time(_ value: StrictJSON?) -> WallTime? {
        value?.string.flatMap { WallTime(rfc3339: $0.utf8) }
    }

    private static func count(_ value: StrictJSON?) -> Int { value?.number.flatMap { Int(exactly: $0) } ?? 0 }

    private func read(_ path: StoragePath) async -> StrictJSON? {
        guard let bytes = try? await driver.read(path, limit: 1 << 16) else { return nil }
        return try? StrictJSON(Array(bytes.readableBytesView))
    }

    /// What cannot be written now is done again sooner than need be, and nothing else.
    private func write(_ text: JSONText, _ path: StoragePath) async {
        _ = try? await driver.replace(path, with: ByteBuffer(string: text.text + "\n"), .volatile)
    }
}

/// What is remembered of the check of all content, for those who do it without a server.
package struct ScrubRecord: Sendable {
    private let record: MaintenanceRecord

    package init(_ driver: any StorageDriver) { record = MaintenanceRecord(driver: driver) }

    package func load() async -> ScrubPosition { await record.scrub() }

    package func save(_ position: ScrubPosition) async { await record.save(position) }
}
