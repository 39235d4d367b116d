//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
package import RegistryTelemetry
import ServiceLifecycle
import Synchronization

/// Computes now and then how much is stored, so that metrics can be rendered without waiting.
package final class CapacityWatch: Service {
    private let reporter: Reporter
    private let interval: Duration
    private let reading = Mutex<CapacityNumbers?>(nil)

    /// Repositories that are named.
    private static let named = 1000
    /// How much longer than it takes it waits at least: so it never takes more than a fiftieth of the time.
    private static let patience = 50

    package init(_ reporter: Reporter, interval: Duration = .seconds(60)) {
        self.reporter = reporter
        self.interval = interval
    }

    /// What was last computed; nil as long as the ledger does not know all of the storage.
    package var latest: CapacityNumbers? { reading.withLock(\.self) }

    /// Runs until the server goes down.
    package func run() async {
        await cancelWhenGracefulShutdown { [self] in
            while !Task.isCancelled {
                let pause = await refresh()
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Computes it.
    /// - Returns: how long to wait until the next time.
    @discardableResult
    package func refresh() async -> Duration {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        do throws(ReportFailure) {
            let found = try await reporter.read { (tables) throws(LedgerError) in
                try tables.isComplete()
                    ? (try tables.snapshot(at: now), try tables.largest(Self.named), try tables.openUploads()) : nil
            }
            // It is soon complete when it has just been opened.
            guard let (snapshot, largest, uploads) = found else {
                reading.withLock { $0 = nil }
                return .seconds(1)
            }
            var numbers = CapacityNumbers(computedAt: now, duration: .zero)
            numbers.logical = snapshot.logical
            numbers.referenced = snapshot.referenced
            numbers.unreferenced = snapshot.unreferenced
            numbers.uploading = try await reporter.uploading(uploads)
            numbers.repositories = snapshot.repositories
            numbers.manifests = snapshot.manifests
            numbers.tags = snapshot.tags
            numbers.blobs = snapshot.blobs
            numbers.largest = largest
            numbers.duration = .now - start
            reading.withLock { $0 = numbers }
            return max(interval, numbers.duration * Self.patience)
        } catch {
            // The ledger, or the storage, says itself that it fails. What is too old says so by its time.
            return min(interval, .seconds(10))
        }
    }
}
