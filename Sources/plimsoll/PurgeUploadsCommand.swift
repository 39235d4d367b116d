//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration
import RegistryModel
import RegistryObservability
import RegistryStorage
import RegistryTelemetry

struct PurgeUploadsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "purge-uploads",
        abstract: "Removes uploads that nobody has ended.",
        discussion: """
            Lists what it removes on standard output, and says how much that was on standard error. It may run while \
            a server does: an upload that is being written to is left, whatever its age. The exit code is 1 if the \
            storage failed at anything.

              plimsoll purge-uploads /etc/plimsoll/config.yml --dry-run
              plimsoll purge-uploads /etc/plimsoll/config.yml --older-than 24h --json
            """
    )

    @Argument(help: "Path of the configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
    var config: String?

    @Option(
        help: ArgumentHelp(
            "How long ago an upload must have begun; else as storage.maintenance.uploadpurging.age.",
            valueName: "duration"
        ),
        transform: Self.duration
    )
    var olderThan: Duration?

    @Flag(help: "Removes nothing, and only lists.")
    var dryRun = false

    @Flag(help: "Lists as JSON.")
    var json = false

    func run() async throws {
        let report: UploadPurge.Report
        do throws(StartFailure) {
            let storage = try ConfigurationFile.load(config).storage
            report = try await purge(storage, olderThan: olderThan ?? storage.uploadPurging.age)
        } catch {
            throw error.reported()
        }
        let verb = dryRun ? "would be removed" : "removed"
        CommandFailure.tell(
            """
            \(report.purged) uploads \(verb), \(report.bytes) bytes; \(report.young) are not old enough, \
            \(report.inUse) are in use, \(report.undated) do not say when they began
            """
        )
        guard let failure = report.failure else { return }
        CommandFailure.tell("error: \(report.failed) failures; the first: \(failure)")
        throw ExitCode(1)
    }

    private func purge(
        _ storage: StorageSettings,
        olderThan age: Duration
    ) async throws(StartFailure) -> UploadPurge.Report {
        let driver = try storage.existing(IOPool(size: 1))
        var table = ResultTable([.init("repository"), .init("upload"), .init("began"), .init("size", .bytes)])
        let report = await UploadPurge(driver, olderThan: age, now: .now, isDryRun: dryRun).run { upload in
            table.add([
                .text(upload.repository.description), .text(upload.id.description),
                .text(upload.began.secondsDescription), .number(upload.size),
            ])
        }
        if json || !table.rows.isEmpty { print((json ? ResultFormat.json : .table).text(of: table), terminator: "") }
        return report
    }

    private static func duration(_ text: String) throws -> Duration {
        guard let duration = Duration(goText: text), duration >= .zero else {
            throw ValidationError("must be a duration such as 168h")
        }
        return duration
    }
}
