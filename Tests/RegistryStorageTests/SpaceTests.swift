//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@testable import RegistryStorage

@Suite("Room on the storage", .timeLimit(.minutes(5)))
struct SpaceTests {
    /// A driver that tells of as much room as it is told to.
    private final class Room: StorageDriver {
        private let base = InMemoryDriver()
        private let told: Mutex<Result<StorageCapacity?, StorageError>>

        init(_ capacity: StorageCapacity?) { self.told = Mutex(.success(capacity)) }

        func tell(_ result: Result<StorageCapacity?, StorageError>) { told.withLock { $0 = result } }

        var name: String { base.name }
        func capacity() async throws(StorageError) -> StorageCapacity? { try told.withLock { $0 }.get() }

        func read(_ path: StoragePath, limit: Int) async throws(StorageError) -> ByteBuffer {
            try await base.read(path, limit: limit)
        }
        func replace(
            _ path: StoragePath,
            with bytes: ByteBuffer,
            _ durability: Durability
        ) async throws(StorageError) -> Int64? { try await base.replace(path, with: bytes, durability) }
        func open(_ path: StoragePath) async throws(StorageError) -> any StoredContent { try await base.open(path) }
        func append(_ path: StoragePath) async throws(StorageError) -> any ContentAppender {
            try await base.append(path)
        }
        func publish(_ source: StoragePath, as path: StoragePath) async throws(StorageError) -> Int64? {
            try await base.publish(source, as: path)
        }
        func stat(_ path: StoragePath) async throws(StorageError) -> ContentFacts { try await base.stat(path) }
        func list(_ path: StoragePath, after last: String?, limit: Int) async throws(StorageError) -> [FolderEntry] {
            try await base.list(path, after: last, limit: limit)
        }
        func remove(_ path: StoragePath) async throws(StorageError) { try await base.remove(path) }
    }

    struct Admission: Sendable {
        let reserve: SpaceGuard.Reserve
        let free: Int64
        let bytes: Int64
        let isAdmitted: Bool

        init(_ reserve: SpaceGuard.Reserve, free: Int64, _ bytes: Int64, _ isAdmitted: Bool) {
            self.reserve = reserve
            self.free = free
            self.bytes = bytes
            self.isAdmitted = isAdmitted
        }
    }

    @Test(
        "is given out down to the reserve, of a storage of 1,000 bytes",
        arguments: [
            // Without a reserve all may be used; what is more than there is, is refused at once.
            Admission(.bytes(0), free: 1000, 1000, true), Admission(.bytes(0), free: 1000, 1001, false),
            Admission(.bytes(0), free: 1, 0, true), Admission(.bytes(0), free: 0, 0, true),
            Admission(.bytes(0), free: 0, 1, false),
            Admission(.percent(0), free: 1000, 1000, true), Admission(.percent(0), free: 0, 0, true),
            // A reserve in bytes.
            Admission(.bytes(100), free: 1000, 900, true), Admission(.bytes(100), free: 1000, 901, false),
            Admission(.bytes(100), free: 101, 0, true), Admission(.bytes(100), free: 101, 1, true),
            Admission(.bytes(100), free: 101, 2, false), Admission(.bytes(100), free: 100, 0, false),
            Admission(.bytes(100), free: 99, 0, false), Admission(.bytes(100), free: 0, 0, false),
            Admission(.bytes(2000), free: 1000, 0, false),
            // In parts of the whole.
            Admission(.percent(1), free: 1000, 990, true), Admission(.percent(1), free: 1000, 991, false),
            Admission(.percent(1), free: 11, 0, true), Admission(.percent(1), free: 10, 0, false),
            Admission(.percent(0.5), free: 6, 1, true), Admission(.percent(0.5), free: 6, 2, false),
            Admission(.percent(100), free: 1000, 0, false), Admission(.percent(50), free: 501, 1, true),
            // Numbers as large as they get.
            Admission(.bytes(0), free: 1000, .max, false), Admission(.bytes(.max), free: 1000, .max, false),
        ]
    )
    func admission(_ admission: Admission) async throws {
        let stores = try Stores(Room(StorageCapacity(total: 1000, free: admission.free)))
        let space = SpaceGuard(stores.context, reserve: admission.reserve)
        let error = await refusal { () throws(RegistryError) in try await space.admit(admission.bytes) }
        #expect((error == nil) == admission.isAdmitted)
        #expect(error?.code == (admission.isAdmitted ? nil : .storageFull))
        #expect(error?.status == (admission.isAdmitted ? nil : 507))
        #expect(stores.events == (admission.isAdmitted ? [] : ["storage_full"]))
        #expect(stores.instruments.writesRefused.value == (admission.isAdmitted ? 0 : 1))
    }

    @Test("is not asked about where the storage has no such notion")
    func noNotion() async throws {
        let stores = try Stores(Room(nil))
        for reserve in [SpaceGuard.Reserve.bytes(.max), .percent(100)] {
            try await SpaceGuard(stores.context, reserve: reserve).admit(.max)
        }
        #expect(stores.events.isEmpty)
    }

    @Test("that cannot be told is an error of the storage")
    func failure() async throws {
        let stores = try Stores(FaultyDriver(InMemoryDriver(), failing: [.capacity], with: .failed))
        let error = await refusal { () throws(RegistryError) in
            try await SpaceGuard(stores.context, reserve: .bytes(0)).admit(1)
        }
        #expect(error?.code == .unknown)
    }

    @Test("is kept as it was last read, and forgotten when it cannot be read")
    func reading() async throws {
        let room = Room(StorageCapacity(total: 10, free: 5))
        let bounds = RoomWatch.Bounds(low: .percent(5), reserve: .percent(1))
        let reading = CapacityReading(try Stores(room).context, bounds)
        #expect(reading.latest == nil)
        await reading.refresh()
        #expect(reading.latest == StorageCapacity(total: 10, free: 5))
        room.tell(.success(StorageCapacity(total: 10, free: 4)))
        #expect(reading.latest == StorageCapacity(total: 10, free: 5))
        await reading.refresh()
        #expect(reading.latest == StorageCapacity(total: 10, free: 4))
        room.tell(.failure(StorageError(.failed, "capacity", .root)))
        await reading.refresh()
        #expect(reading.latest == nil)
        room.tell(.success(nil))
        await reading.refresh()
        #expect(reading.latest == nil)
    }

    @Test("of a file system is told by the filesystem driver")
    func filesystem() async throws {
        let folder = try TemporaryFolder()
        let driver = try FilesystemDriver(root: folder.path, pool: .forTests)
        let capacity = try #require(try await driver.capacity())
        #expect(capacity.total > 0)
        #expect(capacity.free <= capacity.total)
        // btrfs and the like have none.
        if let inodes = capacity.inodes { #expect((1...inodes.total).contains(inodes.free)) }
        let stores = try Stores(driver)
        try await SpaceGuard(stores.context, reserve: .bytes(0)).admit(0)
        let error = await refusal { () throws(RegistryError) in
            try await SpaceGuard(stores.context, reserve: .percent(100)).admit(0)
        }
        #expect(error?.code == .storageFull)
    }
}
