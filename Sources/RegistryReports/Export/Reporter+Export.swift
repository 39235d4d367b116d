//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryLedger
import RegistryStorage
import RegistryTelemetry

/// The files of one table while they are written.
private final class ExportFiles {
    private let table: ExportTable
    private let columns: [ReportTable.Column]
    private var files: [(format: ExportFormat, name: String, file: GzipFile)] = []
    private var rows: Int64 = 0
    private(set) var failure: ReportFailure?

    init(_ table: ExportTable, _ formats: [ExportFormat], in folder: String) throws(ReportFailure) {
        self.table = table
        self.columns = table.columns
        for format in formats {
            let name = "\(table.rawValue).\(format.rawValue).gz"
            let file = try GzipFile("\(folder)/\(name)")
            if format == .csv { try file.append(CSVReport.line(columns.map(\.name))) }
            files.append((format, name, file))
        }
    }

    /// - Returns: false where it failed, and nothing more is of use.
    func append(_ row: [ReportValue]) -> Bool {
        rows += 1
        do throws(ReportFailure) {
            for (format, _, file) in files {
                switch format {
                case .csv: try file.append(CSVReport.line(row.map(CSVReport.text)))
                case .jsonl: try file.append(JSONReport.object(columns, row) + "\n")
                }
            }
            return true
        } catch {
            failure = error
            return false
        }
    }

    func finish() throws(ReportFailure) -> [ExportManifest.File] {
        if let failure { throw failure }
        var finished: [ExportManifest.File] = []
        for (format, name, file) in files {
            let sum = try file.finish()
            finished.append(
                ExportManifest.File(
                    name: name,
                    table: table.rawValue,
                    format: format,
                    columns: columns.map(\.name),
                    rows: rows,
                    size: file.size,
                    sha256: sum
                )
            )
        }
        return finished
    }
}

extension Reporter {
    /// Writes the files of an export, all from one state of the ledger, into a folder that is there and empty.
    ///
    /// Takes memory for the repositories and for two times a blob, not for rows.
    /// - Parameter name: what the manifest calls it.
    package func export(
        _ name: String,
        _ formats: [ExportFormat],
        into folder: String
    ) async throws(ReportFailure) -> ExportManifest {
        let version = version
        let youngest = WallTime.now
        let result = try await read { (tables) throws(LedgerError) in
            let now = WallTime.now
            let capacity = try LedgerCapacity(tables, youngest: youngest)
            var manifest = ExportManifest(
                name: name,
                takenAt: now,
                version: version,
                totals: capacity.totals,
                files: []
            )
            for table in ExportTable.allCases {
                do throws(ReportFailure) {
                    let files = try ExportFiles(table, formats, in: folder)
                    let read = Result { () throws(LedgerError) in
                        try table.each(tables, capacity) { files.append($0) }
                    }
                    // What the disk refuses is no failure of the ledger.
                    if files.failure == nil, case .failure(let error) = read {
                        return Result<ExportManifest, ReportFailure>.failure(
                            ReportFailure(.unavailable, "the ledger cannot be read: \(error)")
                        )
                    }
                    manifest.files += try files.finish()
                } catch {
                    return .failure(error)
                }
            }
            return .success(manifest)
        }
        let manifest = try result.get()
        try await onPool { () throws(ReportFailure) in
            try PlainFile.make("\(folder)/\(ExportManifest.fileName)", manifest.bytes)
            try PlainFile.synchronize(folder: folder)
        }
        return manifest
    }
}

extension Reporter {
    /// Does what may wait for a disk where that holds nobody up.
    func onPool<Output: Sendable>(
        _ work: @escaping @Sendable () throws(ReportFailure) -> Output
    ) async throws(ReportFailure) -> Output {
        let result: Result<Output, ReportFailure>
        do throws(StorageError) {
            result = try await pool.run { () throws(StorageError) in Result { () throws(ReportFailure) in try work() } }
        } catch {
            throw ReportFailure(.unavailable, error.description)
        }
        return try result.get()
    }
}
