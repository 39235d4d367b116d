//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
package import RegistryModel
package import RegistryTelemetry

/// One round of removing uploads that nobody has ended.
///
/// How old an upload is tells its file `startedat`, as in distribution. An upload that another request or server is
/// writing to is never removed, whatever its age, and one that does not say when it began neither.
package struct UploadPurge: Sendable {
    private let driver: any StorageDriver
    private let limit: WallTime
    private let isDryRun: Bool

    /// - Parameters:
    ///   - age: how long ago an upload must have begun, in whole seconds as uploads tell it.
    ///   - now: what the age is counted from.
    ///   - isDryRun: whether everything stays, and is only told.
    package init(_ driver: any StorageDriver, olderThan age: Duration, now: WallTime, isDryRun: Bool) {
        self.driver = driver
        self.limit = WallTime(microseconds: now.microseconds - age.components.seconds * 1_000_000)
        self.isDryRun = isDryRun
    }

    /// An upload that was removed, or would be.
    package struct Abandoned: Sendable, Equatable {
        package let repository: RepositoryName
        package let id: UploadID
        package let began: WallTime
        /// Bytes it had.
        package let size: Int64
    }

    /// What a round found.
    package struct Report: Sendable, Equatable {
        /// Uploads that were removed, or would be.
        package var purged = 0
        /// Bytes they had.
        package var bytes: Int64 = 0
        /// Uploads that are old enough, but are being written to.
        package var inUse = 0
        /// Uploads that are not old enough.
        package var young = 0
        /// Uploads that do not say when they began.
        package var undated = 0
        /// Of what writes left behind that never came to an end: removed, or would be.
        package var unfinished = 0
        /// Folders and uploads that the storage failed at.
        package var failed = 0
        /// The first of these failures.
        package var failure: String?

        /// Uploads that are still there after a round that removes.
        package var left: Int { inUse + young + undated }
    }

    /// Goes through all repositories.
    ///
    /// What fails is counted and gone past. It ends early when the task is cancelled.
    /// - Parameter each: is told of each upload that was removed, or would be.
    package func run(each: (Abandoned) -> Void = { _ in }) async -> Report {
        var report = Report()
        // A stack of its own: trees are as deep as names are long.
        var folders = [""]
        while let prefix = folders.popLast(), !Task.isCancelled {
            let folder = prefix.isEmpty ? DiskLayout.repositories : DiskLayout.repositories.appending(prefix)
            let entries = await entries(of: folder, &report)
            for entry in entries.reversed() where DiskLayout.leadsToRepositories(entry) {
                folders.append(prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)")
            }
            guard DiskLayout.hasUploads(entries), let name = try? RepositoryName(prefix) else { continue }
            for upload in await self.entries(of: DiskLayout.uploads(name), &report)
            where upload.isFolder && !Task.isCancelled {
                guard let id = try? UploadID(upload.name) else { continue }
                await purge(id, in: name, &report, each)
            }
        }
        if !Task.isCancelled { await removeUnfinished(&report) }
        return report
    }

    private func removeUnfinished(_ report: inout Report) async {
        do {
            report.unfinished = try await driver.removeUnfinished(begunBefore: limit, isDryRun: isDryRun).removed
        } catch {
            report.note(error)
        }
    }

    /// Folders come and go while the tree is read; one that is gone has no entries.
    private func entries(of folder: StoragePath, _ report: inout Report) async -> [FolderEntry] {
        do {
            return try await driver.list(folder, after: nil, limit: .max)
        } catch {
            report.note(error)
            return []
        }
    }

    private func purge(
        _ id: UploadID,
        in name: RepositoryName,
        _ report: inout Report,
        _ each: (Abandoned) -> Void
    ) async {
        do throws(StorageError) {
            guard let began = try await start(of: id, in: name) else {
                report.undated += 1
                return
            }
            guard began.microseconds < limit.microseconds else {
                report.young += 1
                return
            }
            guard let size = try await remove(id, in: name) else {
                report.inUse += 1
                return
            }
            report.purged += 1
            report.bytes += size
            each(Abandoned(repository: name, id: id, began: began, size: size))
        } catch {
            report.note(error)
        }
    }

    private func start(of id: UploadID, in name: RepositoryName) async throws(StorageError) -> WallTime? {
        do {
            let text = try await driver.read(DiskLayout.uploadStart(name, id), limit: Self.maximumStart)
            return WallTime(rfc3339: text.readableBytesView)
        } catch {
            guard error.code == .notFound || error.code == .tooLarge else { throw error }
            return nil
        }
    }

    private static let maximumStart = 64

    /// Removes an upload while it holds what a writer would need.
    /// - Returns: bytes it had; nil while another holds it.
    private func remove(_ id: UploadID, in name: RepositoryName) async throws(StorageError) -> Int64? {
        do {
            // To be asked for appending makes the file, which a dry run must not.
            if isDryRun { _ = try await driver.stat(DiskLayout.uploadData(name, id)) }
            let appender = try await driver.append(DiskLayout.uploadData(name, id))
            defer { appender.close() }
            if !isDryRun { try await driver.discard(DiskLayout.upload(name, id)) }
            return appender.initialSize
        } catch {
            if error.code == .busy { return nil }
            // Begun, and nothing came.
            guard isDryRun, error.code == .notFound else { throw error }
            return 0
        }
    }
}

extension UploadPurge.Report {
    /// What is gone meanwhile has been ended by others, which is no failure.
    fileprivate mutating func note(_ error: StorageError) {
        guard error.code != .notFound else { return }
        failed += 1
        if failure == nil { failure = error.description }
    }
}
