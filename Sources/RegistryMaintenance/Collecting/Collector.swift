//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// Collects garbage: first a plan, then what it says is taken out while others push.
///
/// What makes that safe: the `UseGuard` of the stores. Between `begin` and `end` it hears of all that is pushed, linked,
/// mounted or asked for; the plan is made after `begin`, and nothing is taken out that was used since, or shortly before.
package struct Collector: Sendable {
    let context: StoreContext
    let driver: any StorageDriver
    let ledger: SQLiteLedger?
    let settings: CollectionSettings
    let monitor: CollectionMonitor
    let origin: MutationOrigin

    /// - Parameters:
    ///   - driver: of the storage; what it is asked in the background is not measured as work of requests.
    ///   - ledger: nil where there is none; where it is not current, the tree is marked.
    ///   - origin: who has it done.
    package init(
        _ context: StoreContext,
        driver: any StorageDriver,
        ledger: SQLiteLedger?,
        _ settings: CollectionSettings,
        monitor: CollectionMonitor? = nil,
        by origin: MutationOrigin = MutationOrigin(actor: "garbage-collect")
    ) {
        self.context = context
        self.driver = driver
        self.ledger = ledger
        self.settings = settings
        self.monitor = monitor ?? CollectionMonitor(context.instruments.maintenance)
        self.origin = origin
    }

    /// Plans and takes out.
    ///
    /// One at a time. It ends early when the task is cancelled; the next one finds what is left.
    /// - Parameter each: told of the plan before anything is taken out.
    package func run(_ each: (CollectionPlan) -> Void = { _ in }) async -> CollectionReport {
        let began = WallTime.now
        let start = ContinuousClock.now
        var report = CollectionReport(run: Trash.name(at: began), began: began)
        report.isTrashed = settings.grace != nil
        context.uses.beginCollection(sparesRecent: settings.olderThan > .zero)
        do throws(CollectionError) {
            let plan = try await makePlan()
            each(plan)
            monitor.plan(plan)
            monitor.enter(.sweeping)
            report.source = plan.source.rawValue
            report.planned = Self.counts(plan)
            report.spared[.young] = plan.young.count == 0 ? nil : plan.young
            var sweep = Sweep(collector: self, plan: plan, report: report)
            let result: Result<Void, CollectionError>
            do throws(CollectionError) { result = .success(try await sweep.run()) } catch { result = .failure(error) }
            report = sweep.report
            try result.get()
        } catch {
            report.result = error.kind == .stopped ? .stopped : .failed
            report.failure = error.description
            // What was taken out until then is deleted later.
            report.isTrashed = report.isTrashed || report.removed.blobs > 0
        }
        context.uses.endCollection()
        monitor.enter(.idle)
        report.duration = .now - start
        return report
    }

    /// Only finds out what would go.
    package func plan() async throws(CollectionError) -> CollectionPlan {
        defer { monitor.enter(.idle) }
        let plan = try await makePlan()
        context.instruments.maintenance.reclaimable.set(plan.bytes)
        return plan
    }

    private static func counts(_ plan: CollectionPlan) -> CollectionReport.Counts {
        var counts = CollectionReport.Counts()
        counts.manifests = plan.manifests.count
        counts.blobs = plan.blobs.count
        counts.bytes = plan.bytes
        counts.links = plan.links
        counts.repositories = plan.repositories.count
        return counts
    }

    // MARK: Planning

    private func makePlan() async throws(CollectionError) -> CollectionPlan {
        monitor.enter(.marking)
        let start = ContinuousClock.now
        let began = WallTime.now
        var (found, source) = try await mark()
        if Task.isCancelled { throw .stopped }
        let needed = try await needs(of: found.unread)
        if !needed.isEmpty {
            let kept = found.blobs.filter { needed.contains($0.digest) }
            found.blobs.removeAll { needed.contains($0.digest) }
            found.markedBlobs += kept.count
            found.markedBytes += kept.reduce(0) { $0 + $1.size }
        }
        var plan = CollectionPlan(rules: settings.rules, takenAt: began, source: source)
        plan.manifests = found.manifests
        plan.blobs = found.blobs
        plan.markedBlobs = found.markedBlobs
        plan.markedBytes = found.markedBytes
        let ages = AgeGuard(driver: driver, olderThan: settings.olderThan, at: began)
        try await spareYoung(&plan, ages)
        if settings.removesEmptyRepositories { plan.repositories = try await empty(found.repositories, plan, ages) }
        plan.duration = .now - start
        return plan
    }

    private func mark() async throws(CollectionError) -> (Unreachable, CollectionPlan.Source) {
        if let ledger {
            do throws(LedgerError) {
                return (try await ledger.mark(settings.rules), .ledger)
            } catch {
                // Not current; the storage knows all.
            }
        }
        return (try await TreeMark(driver: driver, rules: settings.rules).run { monitor.read($0) }, .tree)
    }

    /// All that some manifests name, directly or by others.
    func needs(of manifests: [Digest]) async throws(CollectionError) -> Set<Digest> {
        let tree = TreeReader(driver)
        var (needed, waiting, seen) = (Set<Digest>(), manifests, Set(manifests))
        while let digest = waiting.popLast() {
            let facts: TreeMark.Facts
            do { facts = TreeMark.Facts(try await tree.manifest(digest)) } catch { throw CollectionError(error) }
            needed.formUnion(facts.blobs)
            for child in facts.children where seen.insert(child).inserted {
                needed.insert(child)
                waiting.append(child)
            }
        }
        return needed
    }

    private func spareYoung(_ plan: inout CollectionPlan, _ ages: AgeGuard) async throws(CollectionError) {
        guard ages.isActive else { return }
        let young = try await ages.young(
            plan.manifests.map { [DiskLayout.revisionLink($0.repository, $0.digest).parent] }
        )
        var kept = Set(zip(plan.manifests, young).filter(\.1).map(\.0))
        if !kept.isEmpty {
            // With what they need, also of their repository's own manifests.
            for name in Set(kept.map(\.repository)) {
                let needed = try await needs(of: kept.filter { $0.repository == name }.map(\.digest))
                kept.formUnion(plan.manifests.filter { $0.repository == name && needed.contains($0.digest) })
            }
            let needed = try await needs(of: kept.map(\.digest)).union(kept.map(\.digest))
            plan.manifests.removeAll(where: kept.contains)
            for _ in kept { plan.young.add(0) }
            for blob in plan.blobs where needed.contains(blob.digest) { plan.young.add(blob.size) }
            plan.blobs.removeAll { needed.contains($0.digest) }
        }
        let paths = plan.blobs.map { blob in
            [DiskLayout.blobFolder(blob.digest)]
                + blob.links.map { DiskLayout.layerLink($0.repository, $0.digest).parent }
        }
        let flags = try await ages.young(paths)
        for (blob, isYoung) in zip(plan.blobs, flags) where isYoung { plan.young.add(blob.size) }
        plan.blobs = zip(plan.blobs, flags).filter { !$0.1 }.map(\.0)
    }

    /// Those of some repositories of which nothing will be left, and in which nothing has been pushed lately.
    private func empty(_ names: [RepositoryName], _ plan: CollectionPlan, _ ages: AgeGuard)
        async throws(CollectionError) -> [RepositoryName]
    {
        var leaving: [RepositoryName: Set<Digest>] = [:]
        for link in plan.manifests { leaving[link.repository, default: []].insert(link.digest) }
        var empty: [RepositoryName] = []
        for name in names where try await isEmpty(name, without: leaving[name] ?? [], ages) { empty.append(name) }
        return empty
    }

    /// Whether a repository has nothing but links to blobs that are old.
    func isEmpty(_ name: RepositoryName, without manifests: Set<Digest> = [], _ ages: AgeGuard)
        async throws(CollectionError) -> Bool
    {
        let tree = TreeReader(driver)
        let repository: TreeReader.Repository
        do { repository = try await tree.withoutLayers(name) } catch { throw CollectionError(error) }
        guard repository.isListed, repository.tags.isEmpty, repository.uploads.isEmpty,
            repository.manifests.isSubset(of: manifests)
        else { return false }
        guard ages.isActive else { return true }
        let layers: [Digest]
        do { layers = try await tree.layers(of: name) } catch { throw CollectionError(error) }
        let paths = layers.map { DiskLayout.layerLink(name, $0).parent }
        // The folders themselves too: something may have been pushed there and be gone already.
        let own = [DiskLayout.layers(name), DiskLayout.manifests(name)]
        return try await !ages.young([paths + own]).contains(true)
    }
}
