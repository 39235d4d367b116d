//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryLedger
package import RegistryStorage
import RegistryTelemetry

/// Makes reports: from the ledger of a server that runs, or from a ledger's file.
package struct Reporter: Sendable {
    private let source: Source
    private let storage: (any StorageDriver)?
    /// The folder of the storage; nil where it is none.
    private let root: String?
    let pool: IOPool
    /// Of the program, as exports and pages tell it.
    let version: String
    /// Blobs that were linked in this time are not counted as reclaimable.
    private let spared: Duration

    package enum Source: Sendable {
        /// This process is the ledger's owner.
        case ledger(SQLiteLedger)
        /// Whoever is, if anybody.
        case file(LedgerReader)
    }

    /// - Parameters:
    ///   - storage: asked for its room and the sizes of uploads; nil where it cannot be reached.
    ///   - pool: for what blocks, and reading that takes long.
    package init(
        _ source: Source,
        storage: (any StorageDriver)?,
        root: String?,
        pool: IOPool,
        spared: Duration = .zero,
        version: String = ""
    ) {
        self.source = source
        self.storage = storage
        self.root = root
        self.pool = pool
        self.spared = spared
        self.version = version
    }

    /// Makes the report that was asked for.
    package func report(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        var report = try await make(request)
        if try await !read({ (tables) throws(LedgerError) in try tables.isComplete() }) {
            report.notes.insert(
                "The ledger is being compared with the storage: there may be more than it knows.",
                at: 0
            )
        }
        return report
    }

    private func make(_ request: ReportRequest) async throws(ReportFailure) -> Report {
        switch request.name {
        case .capacity:
            let capacity = try await capacity(isMeasured: request.isMeasured)
            var report = try Report(capacity, request)
            if request.format == .html { report.page = try await page(capacity, request) }
            return report
        case .usage: return try await usage(request)
        case .growth: return try await growth(request)
        case .stale: return try await stale(request)
        case .top: return try await top(request)
        case .clients: return try await clients(request)
        case .explain: return try await explain(request)
        case .diff, .simulate:
            throw ReportFailure(.invalid, "\(request.name.rawValue) is about files, and is made by the command")
        }
    }

    /// How much there is.
    /// - Parameter isMeasured: whether every file is looked at, which takes its time.
    package func capacity(isMeasured: Bool) async throws(ReportFailure) -> CapacityReport {
        let (start, now) = (ContinuousClock.now, WallTime.now)
        if isMeasured, root == nil {
            throw ReportFailure(.invalid, "measured: this storage is no folder whose files can be looked at")
        }
        let spared = spared.components.seconds * 1_000_000
        let youngest = WallTime(microseconds: now.microseconds - spared)
        let (reading, digests) = try await read { (tables) throws(LedgerError) in
            (
                try LedgerCapacity(tables, youngest: youngest),
                isMeasured ? try ReferencedDigests(tables) : nil
            )
        }
        var totals = reading.totals
        if let digests, let root {
            let measurement = try await measure(root, digests)
            totals.referenced = measurement.referenced
            totals.unreferenced = measurement.unreferenced
            totals.uploading = measurement.uploading
            totals.orphan = measurement.orphan
            totals.reclaimable += measurement.trashed
            totals.allocated = measurement.allocated
        } else {
            totals.uploading = try await uploading(reading.uploads)
        }
        return CapacityReport(
            asOf: now,
            source: isMeasured ? .measured : .accounted,
            duration: .now - start,
            totals: totals,
            filesystem: await room(),
            repositories: reading.repositories,
            namespaces: reading.namespaces
        )
    }

    // MARK: Where it comes from

    /// Reads one state of the tables, where waiting for a disk holds nobody up.
    package func read<Output: Sendable>(
        _ body: @escaping @Sendable (LedgerTables) throws(LedgerError) -> Output
    ) async throws(ReportFailure) -> Output {
        do throws(LedgerError) {
            switch source {
            case .ledger(let ledger): return try await ledger.report(on: pool, body)
            case .file(let reader):
                return try await blocking { Result { () throws(LedgerError) in try reader.read(body) } }.get()
            }
        } catch {
            throw ReportFailure(.unavailable, "the ledger cannot be read: \(error)")
        }
    }

    private func blocking<Output: Sendable>(
        _ work: @escaping @Sendable () -> Result<Output, LedgerError>
    ) async -> Result<Output, LedgerError> {
        do throws(StorageError) {
            return try await pool.run { () throws(StorageError) in work() }
        } catch {
            return .failure(LedgerError(.failed, error.description))
        }
    }

    private func measure(_ root: String, _ digests: ReferencedDigests) async throws(ReportFailure) -> DiskMeasurement {
        let result: Result<DiskMeasurement, ReportFailure>
        do throws(StorageError) {
            result = try await pool.run { () throws(StorageError) in
                Result { () throws(ReportFailure) in
                    var walk = DiskWalk(digests)
                    try walk.go(root)
                    return walk.measurement
                }
            }
        } catch {
            throw ReportFailure(.unavailable, error.description)
        }
        let measurement = try result.get()
        guard measurement.failures == 0 else {
            throw ReportFailure(
                .unavailable,
                "\(root): \(measurement.failures) files or folders cannot be looked at; run it as the server's user"
            )
        }
        return measurement
    }

    /// Nil where the storage cannot be reached.
    func uploading(_ uploads: [(repository: String, id: String)]) async throws(ReportFailure) -> Int64? {
        guard let storage else { return nil }
        do throws(StorageError) {
            return try await UploadSizes.sum(uploads, storage)
        } catch {
            throw ReportFailure(.unavailable, "the storage cannot be read: \(error)")
        }
    }

    /// Of the file system that the storage is on; nil where there is none, or it does not answer.
    func room() async -> StorageCapacity? {
        do throws(StorageError) { return try await storage?.capacity() } catch { return nil }
    }
}
