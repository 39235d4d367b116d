//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryMaintenance
@testable import RegistryStorage

@Suite("Removing a repository", .timeLimit(.minutes(5)))
struct RepositoryRemovalTests {
    private static let origin = MutationOrigin(actor: "test")

    @Test("takes all of it out, leaves others, and can be undone", arguments: TestStorage.allCases, [true, false])
    func removes(_ storage: TestStorage, _ hasLedger: Bool) async throws {
        try await storage.with { driver in
            let bench = try await MaintenanceBench(driver, hasLedger: hasLedger)
            let name = try RepositoryName("team/app")
            let digest = try await bench.pushImage(["shared", "own"], tags: ["1", "latest"], to: "team/app")
            try await bench.pushImage(["shared"], tags: ["1"], to: "team/app/below")
            _ = try await bench.uploads.begin(in: name, at: .now)
            let removal = RepositoryRemoval(bench.context, driver: driver, by: Self.origin)
            let result = try await removal.remove(name)
            #expect(result.tags == 2 && result.manifests == 1 && result.layers == 3 && result.uploads == 1)
            #expect(try await bench.catalog.list(after: nil, limit: 9).items == ["team/app/below"])
            #expect(try await bench.differences() == [])
            await #expect(throws: RegistryError.self) { try await bench.manifests.get(.tag(Tag("1")), in: name) }
            await #expect(throws: RegistryError.self) { try await removal.remove(name) }
            // The content is collected later, and only what is its own.
            let report = await bench.collect(CollectionSettings(grace: .seconds(3600)))
            #expect(report.removed.blobs == 2, "\(report)")
            let trash = Trash(bench.context, driver: driver)
            _ = try await trash.restore(run: report.run, by: Self.origin)
            let restored = try await trash.restore(run: result.run, by: Self.origin)
            #expect(restored.tags == 2 && restored.manifests == 1 && restored.layers == 3, "\(restored)")
            #expect(try await bench.manifests.get(.tag(Tag("latest")), in: name).manifest.digest == digest)
            #expect(try await bench.differences() == [])
            await bench.close()
        }
    }

    @Test("waits for pushes, which make the repository anew after it")
    func waits() async throws {
        let uses = UseGuard(period: .zero)
        let name = try RepositoryName("app")
        await uses.enter(name, [])
        let seized = TestFlag()
        let task = Task {
            await uses.seize(name)
            seized.set()
        }
        try await eventually { uses.claim(name) == false }
        #expect(!seized.isSet)
        let entered = TestFlag()
        uses.leave(name, [])
        await task.value
        let push = Task {
            await uses.enter(name, [])
            entered.set()
        }
        for _ in 0..<100 { await Task.yield() }
        #expect(!entered.isSet)
        uses.release(name)
        await push.value
        uses.leave(name, [])
    }
}
