//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Purging of uploads", .timeLimit(.minutes(5)))
struct UploadPurgeTests {
    private static let hour: Int64 = 3_600_000_000
    private static let now = WallTime(microseconds: 1_000 * hour)

    private func purge(
        _ driver: any StorageDriver,
        isDryRun: Bool = false
    ) async -> (report: UploadPurge.Report, names: [String]) {
        var names: [String] = []
        let purge = UploadPurge(driver, olderThan: .seconds(24 * 3600), now: Self.now, isDryRun: isDryRun)
        let report = await purge.run { names.append("\($0.repository) \($0.size) \($0.began.secondsDescription)") }
        return (report, names)
    }

    /// Begins an upload some hours ago, and leaves bytes in it.
    private func begin(_ bytes: Int, hoursAgo: Int64, _ stores: Stores, in name: String) async throws -> UploadID {
        let name = try RepositoryName(name)
        let time = WallTime(microseconds: Self.now.microseconds - hoursAgo * Self.hour)
        let id = try await stores.uploads.begin(in: name, at: time)
        guard bytes > 0 else { return id }
        var session = try await stores.uploads.resume(id, in: name, .sha256)
        try await session.append(ByteBuffer(repeating: 7, count: bytes))
        _ = try await session.suspend()
        return id
    }

    @Test("removes what is old enough, in all repositories, and nothing else", arguments: TestStorage.allCases)
    func removes(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let stores = try Stores(driver)
            let old = try await begin(100, hoursAgo: 25, stores, in: "team/app")
            let nested = try await begin(20, hoursAgo: 30, stores, in: "team/app/deep/er")
            let empty = try await begin(0, hoursAgo: 30, stores, in: "z")
            let young = try await begin(5, hoursAgo: 23, stores, in: "team/app")
            let digest = try await stores.push([1, 2, 3])
            let (report, names) = await purge(driver)
            #expect(report.purged == 3 && report.bytes == 120 && report.young == 1 && report.left == 1)
            #expect(report.failed == 0 && report.failure == nil)
            #expect(names.count == 3 && names[0] == "team/app 100 1970-02-10T15:00:00Z")
            for (id, name) in [(old, "team/app"), (nested, "team/app/deep/er"), (empty, "z")] {
                #expect(try await !driver.holds(DiskLayout.upload(try RepositoryName(name), id)))
            }
            #expect(try await stores.uploads.offset(of: young, in: stores.name) == 5)
            #expect(try await driver.holds(DiskLayout.blob(digest)))
            #expect(await purge(driver).report == UploadPurge.Report(young: 1))
        }
    }

    @Test("leaves an upload that is being written to, whatever its age", arguments: TestStorage.allCases)
    func leavesWhatIsInUse(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let stores = try Stores(driver)
            let id = try await begin(0, hoursAgo: 500, stores, in: "team/app")
            var session = try await stores.uploads.resume(id, in: stores.name, .sha256)
            #expect(await purge(driver).report == UploadPurge.Report(inUse: 1))
            #expect(await purge(driver, isDryRun: true).report == UploadPurge.Report(inUse: 1))
            try await session.append(ByteBuffer(repeating: 7, count: 10))
            #expect(try await session.suspend() == 10)
            // A process that is being started elsewhere may have the lock for a moment.
            try await eventually { await purge(driver).report == UploadPurge.Report(purged: 1, bytes: 10) }
            #expect(
                await refusal { () async throws(RegistryError) in
                    _ = try await stores.uploads.offset(of: id, in: stores.name)
                }?.code == .blobUploadUnknown
            )
        }
    }

    @Test("leaves what does not say when it began", arguments: TestStorage.allCases)
    func leavesWhatIsUndated(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let stores = try Stores(driver)
            let id = try await begin(10, hoursAgo: 500, stores, in: "team/app")
            for text in ["", "yesterday", String(repeating: "2", count: 100)] {
                try await driver.put(Array(text.utf8), at: DiskLayout.uploadStart(stores.name, id))
                #expect(await purge(driver).report == UploadPurge.Report(undated: 1))
            }
            try await driver.remove(DiskLayout.uploadStart(stores.name, id))
            #expect(await purge(driver).report == UploadPurge.Report(undated: 1))
        }
    }

    @Test("changes nothing in a dry run", arguments: TestStorage.allCases)
    func dryRun(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let stores = try Stores(driver)
            let id = try await begin(10, hoursAgo: 500, stores, in: "team/app")
            let empty = try await begin(0, hoursAgo: 500, stores, in: "team/app")
            #expect(await purge(driver, isDryRun: true).report == UploadPurge.Report(purged: 2, bytes: 10))
            #expect(try await stores.uploads.offset(of: id, in: stores.name) == 10)
            #expect(try await !driver.holds(DiskLayout.uploadData(stores.name, empty)))
        }
    }

    @Test("finds nothing in an empty storage", arguments: TestStorage.allCases)
    func emptyStorage(_ storage: TestStorage) async throws {
        try await storage.with { driver in #expect(await purge(driver).report == UploadPurge.Report()) }
    }
}
