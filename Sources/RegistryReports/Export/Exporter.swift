//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
package import RegistryModel
import RegistryStorage

/// Makes exports and puts them where their schedules say.
package struct Exporter: Sendable {
    private let reporter: Reporter
    private let scratch: String
    private let repository: @Sendable (RepositoryName) -> ExportRepository

    /// - Parameters:
    ///   - scratch: a folder for files on their way to a repository; it is made where it is missing.
    ///   - repository: of this registry, by its name.
    package init(
        _ reporter: Reporter,
        scratch: String,
        repository: @escaping @Sendable (RepositoryName) -> ExportRepository
    ) {
        self.reporter = reporter
        self.scratch = scratch
        self.repository = repository
    }

    /// What has become of a run.
    package enum Outcome: Sendable, Equatable {
        case published(ExportManifest)
        /// There is one of that name.
        case known
    }

    /// Makes the export of a moment, unless it is there.
    ///
    /// What was left by a crash, and exports beyond those that stay, are removed.
    /// - Parameter slot: seconds since 1970.
    package func run(_ schedule: ExportSchedule, _ slot: Int64) async throws(ReportFailure) -> Outcome {
        switch schedule.target {
        case .directory(let path): try await run(schedule, slot, in: ExportFolder(path: path))
        case .repository(let name): try await run(schedule, slot, in: repository(name))
        }
    }

    private func run(
        _ schedule: ExportSchedule,
        _ slot: Int64,
        in folder: ExportFolder
    ) async throws(ReportFailure) -> Outcome {
        let name = schedule.exportName(of: slot)
        let draft = try await reporter.onPool { () throws(ReportFailure) -> String? in
            try folder.make()
            try folder.tidy(schedule)
            return folder.has(name) ? nil : try folder.begin(name)
        }
        guard let draft else { return .known }
        let manifest = try await export(name, schedule.formats, into: draft)
        return try await reporter.onPool { () throws(ReportFailure) in
            guard try folder.publish(draft, as: name) else { return .known }
            try folder.tidy(schedule)
            return .published(manifest)
        }
    }

    private func run(
        _ schedule: ExportSchedule,
        _ slot: Int64,
        in repository: ExportRepository
    ) async throws(ReportFailure) -> Outcome {
        let name = schedule.exportName(of: slot)
        let folder = ExportFolder(path: scratch)
        do throws(RegistryError) {
            guard try await !repository.has(name) else { return .known }
        } catch {
            throw ReportFailure(error)
        }
        let draft = try await reporter.onPool { () throws(ReportFailure) in
            try folder.make()
            try folder.tidy(schedule)
            return try folder.begin(name)
        }
        let manifest = try await export(name, schedule.formats, into: draft)
        let failure: RegistryError?
        do throws(RegistryError) {
            _ = try await repository.publish(manifest, from: draft)
            try await repository.tidy(schedule)
            failure = nil
        } catch {
            failure = error
        }
        try await reporter.onPool { () throws(ReportFailure) in try PlainFile.remove(folder: draft) }
        if let failure { throw ReportFailure(failure) }
        return .published(manifest)
    }

    /// Leaves nothing behind where it fails.
    private func export(
        _ name: String,
        _ formats: [ExportFormat],
        into draft: String
    ) async throws(ReportFailure) -> ExportManifest {
        do throws(ReportFailure) {
            return try await reporter.export(name, formats, into: draft)
        } catch {
            try? await reporter.onPool { () throws(ReportFailure) in try PlainFile.remove(folder: draft) }
            throw error
        }
    }
}

extension Reporter {
    /// Makes an export once, in a new folder whose parent is there.
    package func export(_ formats: [ExportFormat], to path: String) async throws(ReportFailure) -> ExportManifest {
        var parts = path.split(separator: "/")
        let name = parts.popLast().map(String.init) ?? ""
        guard !name.isEmpty, name != ".", name != ".." else {
            throw ReportFailure(.invalid, "output: \(path) is no name for a new folder")
        }
        let parent = parts.joined(separator: "/")
        let folder = ExportFolder(path: path.hasPrefix("/") ? "/\(parent)" : parent.isEmpty ? "." : parent)
        guard !folder.has(name) else { throw ReportFailure(.invalid, "output: \(path) is there already") }
        let draft = try await onPool { () throws(ReportFailure) in try folder.begin(name) }
        do throws(ReportFailure) {
            let manifest = try await export(name, formats, into: draft)
            guard try await onPool({ () throws(ReportFailure) in try folder.publish(draft, as: name) }) else {
                throw ReportFailure(.invalid, "output: \(path) is there already")
            }
            return manifest
        } catch {
            try? await onPool { () throws(ReportFailure) in try PlainFile.remove(folder: draft) }
            throw error
        }
    }
}

extension ReportFailure {
    fileprivate init(_ error: RegistryError) {
        let cause = [error.detail, error.cause].compactMap(\.self).joined(separator: ": ")
        self.init(.unavailable, cause.isEmpty ? error.code.rawValue : "\(error.code.rawValue): \(cause)")
    }
}
