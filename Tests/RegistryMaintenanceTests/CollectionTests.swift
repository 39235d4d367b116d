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
import Testing

@testable import RegistryMaintenance

@Suite("The collection of garbage", .timeLimit(.minutes(5)))
struct CollectionTests {
    private static func both(_ body: (MaintenanceBench) async throws -> Void) async throws {
        for hasLedger in [true, false] {
            let bench = try await MaintenanceBench(hasLedger: hasLedger)
            try await body(bench)
            #expect(try await bench.differences() == [], "with a ledger: \(hasLedger)")
            await bench.close()
        }
    }

    @Test("takes out what nothing needs, and nothing else, with and without a ledger")
    func basics() async throws {
        try await Self.both { bench in
            let name = try RepositoryName("team/app")
            let first = try await bench.pushImage(["base", "one"], tags: ["1"], to: "team/app")
            try await bench.pushImage(["base", "two"], tags: ["2"], to: "team/app")
            try await bench.push(Array("loose".utf8), to: "team/other")
            try await bench.manifests.delete(first, in: name, tags: bench.tags)
            let before = try await bench.content()
            let plan = try await bench.collector().plan()
            #expect(plan.source == (bench.ledger == nil ? .tree : .ledger))
            #expect(Set(plan.blobs.map(\.digest)) == Set(["one", "loose"].map { Digest.of(Array($0.utf8)) } + [first]))
            #expect(plan.repositories.map(\.description) == ["team/other"])
            #expect(try await bench.content() == before)
            let report = await bench.collect()
            #expect(report.result == .completed && report.isReconciled && report.spared.isEmpty, "\(report)")
            #expect(report.removed == report.planned && report.removed.blobs == 3 && report.removed.links == 2)
            #expect(try await bench.content() == before.subtracting(plan.blobs.map(\.digest)))
            #expect(try await bench.catalog.list(after: nil, limit: 10).items == ["team/app"])
            let found = try await bench.manifests.get(.tag(Tag("2")), in: name)
            for blob in found.manifest.facts.blobs { #expect(try await bench.blobs.exists(blob.digest, in: name)) }
            // Nothing is left to do.
            #expect(await bench.collect().planned == CollectionReport.Counts())
        }
    }

    @Test("keeps untagged manifests unless told otherwise, and then what tagged ones need")
    func untagged() async throws {
        try await Self.both { bench in
            let name = try RepositoryName("app")
            let child = try await bench.pushImage(["child"], to: "app")
            try await bench.pushIndex([child], tags: ["index"], to: "app")
            let subject = try await bench.pushImage(["subject"], to: "app")
            try await bench.pushImage(["signature"], tags: ["sig"], to: "app", subject: subject)
            let tagged = try await bench.pushImage(["tagged"], tags: ["t"], to: "app")
            let referrer = try await bench.pushImage(["referrer"], to: "app", subject: tagged)
            let old = try await bench.pushImage(["old"], tags: ["t2"], to: "app")
            try await bench.pushImage(["new"], tags: ["t2"], to: "app")
            let stray = try await bench.pushImage(["stray"], to: "app", subject: old)
            #expect(await bench.collect().planned == CollectionReport.Counts())
            var settings = CollectionSettings()
            settings.rules.deletesUntagged = true
            let plan = try await bench.collector(settings).plan()
            #expect(Set(plan.manifests.map(\.digest)) == [old, stray])
            let report = await bench.collect(settings)
            #expect(report.result == .completed && report.isReconciled && report.removed == report.planned, "\(report)")
            for text in ["child", "subject", "signature", "tagged", "referrer", "new"] {
                #expect(try await bench.isThere(text), "\(text)")
            }
            #expect(try await !bench.isThere("old"))
            #expect(try await !bench.isThere("stray"))
            for digest in [child, subject, referrer] {
                _ = try await bench.manifests.get(.digest(digest), in: name)
            }
            await #expect(throws: RegistryError.self) { try await bench.manifests.get(.digest(old), in: name) }
            // The history of tags has lost it too.
            let history = try? await bench.driver.list(
                DiskLayout.indexLinks(name, Tag("t2"), .sha256),
                after: nil,
                limit: 9
            )
            #expect(history?.contains { $0.name == String(old.hex) } == false)
            // Without the policy for referrers only what has a tag counts.
            settings.rules.keepsReferrers = false
            #expect(try await bench.collector(settings).plan().manifests.map(\.digest) == [referrer])
        }
    }

    @Test("never answers for what is gone, whatever is in memory")
    func caches() async throws {
        try await Self.both { bench in
            let name = try RepositoryName("app")
            let digest = try await bench.pushImage(["layer"], to: "app")
            let layer = Digest.of(Array("layer".utf8))
            _ = try await bench.manifests.get(.digest(digest), in: name)
            _ = try await bench.blobs.size(of: layer, in: name)
            var settings = CollectionSettings()
            settings.rules.deletesUntagged = true
            #expect(await bench.collect(settings).removed.blobs == 3)
            await #expect(throws: RegistryError.self) { try await bench.manifests.get(.digest(digest), in: name) }
            await #expect(throws: RegistryError.self) { try await bench.blobs.size(of: layer, in: name) }
            await #expect(throws: RegistryError.self) { try await bench.blobs.open(layer, in: name) }
            // And takes it again.
            #expect(try await bench.pushImage(["layer"], tags: ["1"], to: "app") == digest)
            #expect(try await bench.blobs.size(of: layer, in: name) == 5)
        }
    }

    @Test("spares what is used while it runs", arguments: ["push", "head", "mount", "manifest"])
    func spares(_ use: String) async throws {
        let bench = try await MaintenanceBench()
        let (name, other) = (try RepositoryName("app"), try RepositoryName("other"))
        let digest = try await bench.push(Array("layer".utf8), to: "app")
        try await bench.push(Array("{}".utf8), to: "app")
        try await bench.push(Array("gone".utf8), to: "app")
        let collector = bench.collector()
        await bench.context.uses.use([Digest.of([0])])
        await bench.context.uses.use([Digest.of([0])])
        bench.context.uses.beginCollection()
        let plan = try await collector.plan()
        #expect(plan.blobs.count == 3)
        switch use {
        case "push": try await bench.push(Array("layer".utf8), to: "other")
        case "head": #expect(try await bench.blobs.exists(digest, in: name))
        case "mount": #expect(try await bench.blobs.mount(digest, from: name, to: other))
        default: try await bench.pushImage(["layer"], tags: ["1"], to: "app")
        }
        var sweep = Sweep(collector: collector, plan: plan, report: CollectionReport(run: "x", began: .now))
        try await sweep.run()
        bench.context.uses.endCollection()
        #expect(try await bench.isThere("layer"))
        #expect(try await !bench.isThere("gone"))
        #expect(sweep.report.spared[.used]?.count ?? 0 >= 1)
        #expect(try await bench.differences() == [])
        // It goes when it is not used any more.
        if use == "head" {
            #expect(await bench.collect().removed.blobs == 1)
            #expect(try await !bench.isThere("layer"))
        }
        await bench.close()
    }

    @Test("keeps what a spared manifest needs")
    func sparedManifest() async throws {
        let bench = try await MaintenanceBench()
        let name = try RepositoryName("app")
        let child = try await bench.pushImage(["child"], to: "app")
        let index = try await bench.pushIndex([child], to: "app")
        try await bench.pushImage(["other"], to: "app")
        var settings = CollectionSettings()
        settings.rules.deletesUntagged = true
        let collector = bench.collector(settings)
        await bench.context.uses.use([Digest.of([0])])
        await bench.context.uses.use([Digest.of([0])])
        bench.context.uses.beginCollection()
        let plan = try await collector.plan()
        #expect(plan.manifests.count == 3)
        _ = try await bench.manifests.find(.digest(index), in: name)
        var sweep = Sweep(collector: collector, plan: plan, report: CollectionReport(run: "x", began: .now))
        sweep.report.planned.manifests = 3
        try await sweep.run()
        bench.context.uses.endCollection()
        #expect(sweep.report.spared[.used]?.count == 1 && sweep.report.removed.manifests == 1)
        for digest in [index, child] { _ = try await bench.manifests.get(.digest(digest), in: name) }
        #expect(try await bench.isThere("child"))
        #expect(try await bench.isThere("{}"))
        #expect(try await !bench.isThere("other"))
        #expect(try await bench.differences() == [])
        await bench.close()
    }

    @Test("leaves what is young, with what it needs")
    func young() async throws {
        try await TestStorage.filesystem.with { driver in
            for hasLedger in [true, false] {
                let bench = try await MaintenanceBench(driver, hasLedger: hasLedger)
                try await bench.pushImage(["a"], to: "app\(hasLedger)")
                try await bench.push(Array("loose".utf8), to: "app\(hasLedger)")
                var settings = CollectionSettings()
                settings.rules.deletesUntagged = true
                settings.olderThan = .seconds(3600)
                let report = await bench.collect(settings)
                #expect(report.planned == CollectionReport.Counts() && report.isReconciled)
                #expect(report.spared[.young]?.count ?? 0 >= 2)
                settings.olderThan = .nanoseconds(1)
                let second = await bench.collect(settings)
                #expect(second.removed.blobs == 4 && second.removed.manifests == 1, "\(second)")
                #expect(try await bench.differences() == [])
                await bench.close()
            }
        }
    }

    @Test("leaves all where the storage knows no times, unless no age is asked for")
    func timeless() async throws {
        let bench = try await MaintenanceBench()
        try await bench.push(Array("loose".utf8), to: "app")
        #expect(await bench.collect(CollectionSettings(olderThan: .seconds(1))).planned.blobs == 0)
        #expect(await bench.collect().removed.blobs == 1)
        await bench.close()
    }

    @Test("ends at once when it is told to, and says what it has left")
    func stops() async throws {
        let bench = try await MaintenanceBench()
        for number in 0..<20 { try await bench.push(Array("loose \(number)".utf8), to: "app") }
        // A file a second: it would take 40 seconds.
        let collector = bench.collector(CollectionSettings(budget: 1))
        await bench.context.uses.use([Digest.of([0])])
        await bench.context.uses.use([Digest.of([0])])
        let task = Task { await collector.run() }
        try await eventually { collector.monitor.progress.phase == .sweeping }
        task.cancel()
        let report = await task.value
        #expect(report.result == .stopped && report.isReconciled, "\(report)")
        #expect(report.spared[.unfinished]?.count ?? 0 > 10)
        #expect(try await bench.differences() == [])
        #expect(await bench.collect().result == .completed)
        #expect(try await bench.content() == [])
        await bench.close()
    }

    @Test("keeps what tags and indexes lead to without a link")
    func unlinked() async throws {
        try await Self.both { bench in
            let name = try RepositoryName("app")
            let child = try await bench.pushImage(["child"], to: "app")
            try await bench.pushIndex([child], tags: ["index"], to: "app")
            // As other registries let happen: the index stays, its manifest is unlinked.
            try await bench.manifests.delete(child, in: name, tags: bench.tags)
            #expect(await bench.collect().planned == CollectionReport.Counts())
            #expect(try await bench.isThere("child"))
        }
    }
}
