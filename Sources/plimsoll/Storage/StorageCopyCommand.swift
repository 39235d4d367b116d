//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryMaintenance
import RegistryModel
import RegistryStorage

/// `plimsoll storage copy`.
struct StorageCopyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy",
        abstract: "Copies all repositories from one storage to another, of the same kind or not.",
        discussion: """
            FROM and TO are configurations, of which only the storage counts. Every blob is compared with its digest on the \
            way. What is in the target already is left alone: a copy that was ended goes on where it was. A server may \
            serve the source meanwhile; to move a registry, copy once, make it read-only (plimsoll ctl read-only on), \
            copy once more with --prune, which takes over what has changed, and start the server of the target. Nobody \
            may serve the target meanwhile. Content that nothing links to, open uploads, the trash, and the history \
            and use in the ledger are not copied.

            The exit code is 1 if some content is missing or damaged in the source, which is told, or if a storage fails.
            """
    )

    @Argument(help: "Configuration of the storage that is copied.")
    var from: String

    @Argument(help: "Configuration of the storage that is copied to.")
    var to: String

    @Option(help: ArgumentHelp("Pieces of content that are copied at once.", valueName: "number"))
    var jobs = 4

    @Flag(help: "Reads all content in the target once more, and copies anew what is not what its digest says.")
    var verify = false

    @Flag(help: "Removes links from the target that the source has not.")
    var prune = false

    @Flag(name: .shortAndLong, help: "Changes nothing, and tells what would be copied.")
    var dryRun = false

    @Flag(help: "Prints what was done as JSON.")
    var json = false

    func validate() throws {
        guard (1...64).contains(jobs) else { throw ValidationError("--jobs must be from 1 to 64") }
    }

    func run() async throws {
        let ends: (source: CommandStorage, target: CommandStorage)
        do throws(StartFailure) {
            ends.source = try CommandStorage(reading: from)
            ends.target = try CommandStorage(writing: to)
            guard ends.source.place != ends.target.place else {
                throw StartFailure(message: "plimsoll: both configurations have the same storage: \(ends.source.place)")
            }
        } catch {
            throw error.reported()
        }
        var settings = StorageCopy.Settings()
        settings.jobs = jobs
        settings.verifies = verify
        settings.prunes = prune
        settings.isDryRun = dryRun
        let copy = StorageCopy(from: ends.source.driver, to: ends.target.driver, settings)
        let result = await OfflineStorage.interruptible { () -> Result<StorageCopy.Progress, CollectionError> in
            let meter = ProgressMeter("copying")
            defer { meter.end() }
            let start = ContinuousClock.now
            do throws(CollectionError) {
                let progress = try await copy.run { progress in
                    meter.show { progress.summary(after: .now - start) }
                } problem: { problem in
                    meter.end()
                    CommandFailure.tell("\(problem.repository): \(problem.digest): \(problem.cause)")
                }
                return .success(progress)
            } catch {
                return .failure(error)
            }
        }
        // Links are made durable together.
        if !dryRun { sync() }
        withExtendedLifetime(ends) {}
        try finish(result)
    }

    private func finish(_ result: Result<StorageCopy.Progress, CollectionError>) throws {
        let progress: StorageCopy.Progress
        do throws(CollectionError) { progress = try result.get() } catch {
            CommandFailure.tell("error: \(error); what was copied stays, and the same command goes on from there")
            throw ExitCode(1)
        }
        print(json ? progress.json.text : progress.text(isDryRun: dryRun))
        if progress.problems > 0 { throw ExitCode(1) }
    }
}

extension StorageCopy.Progress {
    fileprivate func summary(after time: Duration) -> String {
        let seconds = max(time / .seconds(1), 0.001)
        let rate = Double(bytes) / seconds / 1_000_000
        let repositories = totalRepositories.map { "\(self.repositories) of \($0)" } ?? "\(self.repositories)"
        return "\(repositories) repositories, \(blobs) blobs copied, \(present) there, "
            + "\(bytes / 1_000_000) MB, \(Int(rate)) MB a second\(rest(after: seconds))"
    }

    private func rest(after seconds: Double) -> String {
        guard let total = totalRepositories, repositories > 0, total > repositories else { return "" }
        let left = Int(seconds / Double(repositories) * Double(total - repositories))
        return left < 90 ? ", about \(left) s left" : ", about \(left / 60) min left"
    }

    fileprivate func text(isDryRun: Bool) -> String {
        let verb = isDryRun ? "would be" : "were"
        var lines = [
            "\(repositories) repositories: \(blobs) blobs (\(bytes) bytes) and \(links) links \(verb) copied, "
                + "\(present) blobs were there"
        ]
        if verified > 0 { lines.append("\(verified) blobs were read again and are what their digests say") }
        if removedLinks > 0 { lines.append("\(removedLinks) links \(verb) removed from the target") }
        if problems > 0 { lines.append("\(problems) blobs could not be copied") }
        return lines.joined(separator: "\n")
    }

    fileprivate var json: JSONText {
        .object([
            ("repositories", .number(Int64(repositories))), ("blobs", .number(Int64(blobs))), ("bytes", .number(bytes)),
            ("present", .number(Int64(present))), ("verified", .number(Int64(verified))),
            ("links", .number(Int64(links))), ("removed_links", .number(Int64(removedLinks))),
            ("problems", .number(Int64(problems))),
        ])
    }
}
