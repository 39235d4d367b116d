//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryMaintenance

@Suite("The trash", .timeLimit(.minutes(5)))
struct TrashTests {
    private static let origin = MutationOrigin(actor: "test")

    private static var settings: CollectionSettings {
        var settings = CollectionSettings(grace: .seconds(3600))
        settings.rules.deletesUntagged = true
        return settings
    }

    @Test("gives back all that a collection took out", arguments: TestStorage.allCases, [true, false])
    func run(_ storage: TestStorage, _ hasLedger: Bool) async throws {
        try await storage.with { driver in
            let bench = try await MaintenanceBench(driver, hasLedger: hasLedger)
            let name = try RepositoryName("team/app")
            let digest = try await bench.pushImage(["a", "b"], to: "team/app")
            try await bench.push(Array("loose".utf8), to: "team/other")
            let before = try await bench.content()
            let report = await bench.collect(Self.settings)
            #expect(report.removed.blobs == before.count && report.isReconciled && report.isTrashed, "\(report)")
            #expect(report.removed.repositories == 2)
            #expect(try await bench.content() == [])
            #expect(try await bench.differences() == [])
            let trash = Trash(bench.context, driver: driver)
            let runs = try await trash.runs()
            #expect(runs.map(\.name) == [report.run] && runs[0].bytes == report.removed.bytes)
            #expect(bench.instruments.maintenance.trash.value == report.removed.bytes)
            // Not before its time.
            #expect(try await trash.empty(olderThan: .seconds(3600)) == 0)
            let restored = try await trash.restore(run: report.run, by: Self.origin)
            #expect(restored.blobs == before.count && restored.kept == 0, "\(restored)")
            #expect(restored.manifests == 1 && restored.layers == 4)
            #expect(try await bench.content() == before)
            #expect(try await bench.differences() == [])
            _ = try await bench.manifests.get(.digest(digest), in: name)
            #expect(try await bench.blobs.exists(Digest.of(Array("a".utf8)), in: name))
            #expect(try await bench.catalog.list(after: nil, limit: 9).items == ["team/app", "team/other"])
            #expect(bench.instruments.maintenance.trash.value == 0)
            await bench.close()
        }
    }

    @Test("gives back one image", arguments: TestStorage.allCases)
    func digest(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let bench = try await MaintenanceBench(driver)
            let name = try RepositoryName("app")
            let wanted = try await bench.pushImage(["shared", "wanted"], to: "app")
            let other = try await bench.pushImage(["shared", "other"], to: "app")
            _ = await bench.collect(Self.settings)
            // What is there again is left alone.
            try await bench.push(Array("shared".utf8), to: "app")
            let restored = try await Trash(bench.context, driver: driver).restore(wanted, by: Self.origin)
            #expect(restored.manifests == 1 && restored.kept == 2, "\(restored)")
            let found = try await bench.manifests.get(.digest(wanted), in: name)
            for blob in found.manifest.facts.blobs { #expect(try await bench.blobs.exists(blob.digest, in: name)) }
            await #expect(throws: RegistryError.self) { try await bench.manifests.get(.digest(other), in: name) }
            #expect(try await bench.differences() == [])
            await #expect(throws: CollectionError.self) {
                try await Trash(bench.context, driver: driver).restore(Digest.of([9]), by: Self.origin)
            }
            await bench.close()
        }
    }

    @Test("is emptied after its time, also one that was begun to be", arguments: TestStorage.allCases)
    func empties(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let bench = try await MaintenanceBench(driver)
            try await bench.pushImage(["a"], to: "app")
            let report = await bench.collect(Self.settings)
            let trash = Trash(bench.context, driver: driver)
            let (from, to) = (DiskLayout.trash(report.run), DiskLayout.trash(report.run + Trash.deletedSuffix))
            #expect(try await driver.move(all: [StorageMove(from, to: to)]) == [true])
            #expect(try await trash.runs().isEmpty)
            await #expect(throws: CollectionError.self) {
                try await trash.restore(run: report.run, by: Self.origin)
            }
            #expect(try await trash.empty(olderThan: .zero) == report.removed.bytes)
            #expect(try await driver.list(DiskLayout.trash, after: nil, limit: 9).isEmpty)
            await bench.close()
        }
    }

    @Test("is not used where what goes is deleted at once", arguments: TestStorage.allCases)
    func without(_ storage: TestStorage) async throws {
        try await storage.with { driver in
            let bench = try await MaintenanceBench(driver)
            try await bench.push(Array("a".utf8), to: "app")
            let report = await bench.collect()
            #expect(report.removed.blobs == 1 && !report.isTrashed)
            #expect(bench.instruments.maintenance.freedBytes.value == 1)
            #expect((try? await driver.list(DiskLayout.trash, after: nil, limit: 9)) ?? [] == [])
            await bench.close()
        }
    }

    @Test("knows its runs by their names")
    func names() throws {
        let time = WallTime(microseconds: 1_796_000_000_000_000)
        #expect(Trash.time(of: Trash.name(at: time)) == time)
        for name in ["", "x", "20261128T19322Z-1", "lost+found", "20261399T193222Z-1"] {
            #expect(Trash.time(of: name) == nil)
        }
    }
}
