//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration
import RegistryMaintenance
import RegistryModel
import RegistryStorage
import RegistryTelemetry

struct GarbageCollectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "garbage-collect",
        abstract: "Takes out content that nothing needs.",
        discussion: """
            Takes the flags of `registry garbage-collect` of distribution. Without a server it does it itself; while one \
            runs, the server does it, and pushes go on. What is taken out stays in the trash for \
            storage.maintenance.garbagecollection.trash, unless --no-trash; --undelete takes it back. Prints what goes, as \
            distribution does, and on standard error what was done. It can be ended at any moment. The exit code is 1 if \
            it failed or was ended.

              plimsoll garbage-collect --dry-run --delete-untagged /etc/plimsoll/config.yml
              plimsoll garbage-collect --undelete sha256:… /etc/plimsoll/config.yml
            """
    )

    @OptionGroup var options: StorageOptions

    @Flag(name: [.customShort("d"), .long], help: "Removes nothing, and only tells what would go.")
    var dryRun = false

    @Flag(
        name: [.customShort("m"), .long],
        help: "Takes out manifests without a tag, but for those that tagged ones need."
    )
    var deleteUntagged = false

    @Flag(name: [.customShort("q"), .long], help: "Does not print what goes.")
    var quiet = false

    @Flag(help: "Prints the plan, or without --dry-run the report, as JSON.")
    var json = false

    @Flag(help: "Prints what goes as CSV.")
    var csv = false

    @Option(
        help: ArgumentHelp(
            """
            How long ago content must have come for it to go; else 0, and with a server as \
            storage.maintenance.garbagecollection.olderthan.
            """,
            valueName: "duration"
        ),
        transform: StorageOptions.duration
    )
    var olderThan: Duration?

    @Option(
        help: ArgumentHelp("Files that may be moved or deleted a second; 0 for no bound.", valueName: "number")
    )
    var ioBudget: Int?

    @Flag(help: "Deletes at once, so that space is free and nothing can be taken back.")
    var noTrash = false

    @Option(
        help: ArgumentHelp("Takes back what a run has taken out, or an image by its digest.", valueName: "run|digest")
    )
    var undelete: String?

    func run() async throws {
        if let undelete { return try await restore(undelete) }
        switch try await options.owner() {
        case .none(let storage):
            let result: Result<Bool, any Error>
            do { result = .success(try await collect(storage)) } catch { result = .failure(error) }
            await storage.close()
            guard try result.get() else { throw ExitCode(1) }
        case .server(let client):
            let handover = CollectionHandover(client: client, isDryRun: dryRun)
            let parameters: [(String, String?)] = [
                ("dry-run", "\(dryRun)"), ("delete-untagged", "\(deleteUntagged)"),
                ("older-than", olderThan.map { "\($0.components.seconds)s" }),
                ("trash", noTrash ? "false" : nil), ("io-budget", ioBudget.map { "\($0)" }),
            ]
            let end = try await handover.run(parameters)
            if let plan = end.plan { printPlan(plan.text, try CollectionPlan(json: plan.content)) }
            if !dryRun, let report = end.report { try tell(report.text, report.content) }
        }
    }

    // MARK: Without a server

    /// - Returns: whether it came to its end.
    private func collect(_ storage: OfflineStorage) async throws -> Bool {
        var settings = CollectionSettings(storage.configuration.storage.garbageCollection)
        settings.rules.deletesUntagged = deleteUntagged
        // Others may be pushing where nobody can tell.
        settings.olderThan = olderThan ?? (storage.isAlone ? .zero : settings.olderThan)
        settings.budget = ioBudget.flatMap { $0 > 0 ? $0 : nil }
        if noTrash { settings.grace = nil }
        let monitor = CollectionMonitor(storage.context.instruments.maintenance)
        let collector = Collector(
            storage.context,
            driver: storage.driver,
            ledger: storage.ledger,
            settings,
            monitor: monitor
        )
        let meter = CollectionMeter { monitor.progress }
        if dryRun {
            let result = await meter.watch {
                await OfflineStorage.interruptible { () -> Result<CollectionPlan, CollectionError> in
                    do throws(CollectionError) { return .success(try await collector.plan()) } catch {
                        return .failure(error)
                    }
                }
            }
            do throws(CollectionError) {
                let plan = try result.get()
                printPlan(plan.json().text, plan)
                return true
            } catch {
                CommandFailure.tell("error: \(error)")
                return false
            }
        }
        let (grace, trash) = (settings.grace, Trash(storage.context, driver: storage.driver))
        let printer = self
        let report = await meter.watch {
            await OfflineStorage.interruptible { () -> CollectionReport in
                var report = await collector.run { plan in if !printer.json { printer.printPlan("", plan) } }
                guard report.result == .completed else { return report }
                do throws(CollectionError) {
                    // Also what was left by runs with a trash.
                    let age = grace ?? storage.configuration.storage.garbageCollection.trash
                    report.emptied = try await trash.empty(olderThan: age)
                } catch {
                    report.failure = error.description
                }
                return report
            }
        }
        let text = report.json.text
        try tell(text, StrictJSON(Array(text.utf8)))
        return report.result == .completed
    }

    // MARK: Printing

    private func printPlan(_ text: String, _ plan: CollectionPlan) {
        if csv {
            plan.csv { print($0, terminator: "") }
        } else if json {
            if dryRun { print(text) }
        } else if !quiet {
            plan.lines { print($0) }
        }
    }

    private func tell(_ text: String, _ report: StrictJSON) throws {
        if json { print(text) }
        CommandFailure.tell(CollectionSummary(report).text)
        guard report["result"]?.string != CollectionResult.completed.rawValue else { return }
        throw ExitCode(1)
    }

    // MARK: Taking back

    private func restore(_ what: String) async throws {
        let answer: String
        switch try await options.owner() {
        case .none(let storage):
            let trash = Trash(storage.context, driver: storage.driver)
            let result: Result<Trash.Restored, CollectionError>
            do throws(CollectionError) {
                let origin = MutationOrigin(actor: "garbage-collect")
                if let digest = try? Digest(what) {
                    result = .success(try await trash.restore(digest, by: origin))
                } else {
                    result = .success(try await trash.restore(run: what, by: origin))
                }
            } catch {
                result = .failure(error)
            }
            await storage.close()
            do throws(CollectionError) {
                answer = try result.get().json.text
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(1)
            }
        case .server(let client):
            answer = try client.answer("undelete", isChange: true, [("what", what)], about: "the storage").text
        }
        if json { return print(answer) }
        let content = try StrictJSON(Array(answer.utf8))
        CommandFailure.tell(
            """
            taken back: \(content.count("manifests")) manifests, \(content.count("tags")) tags, \
            \(content.count("layers")) layer links, \(content.count("blobs")) blobs (\(content.count("bytes")) bytes); \
            \(content.count("kept")) were there again already
            """
        )
    }
}
