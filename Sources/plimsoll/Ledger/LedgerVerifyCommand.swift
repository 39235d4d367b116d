//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryLedger
import RegistryModel
import RegistryObservability

struct LedgerVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Compares the ledger with the storage, and prints every difference.",
        discussion: """
            Changes nothing. While a server runs, what is changed meanwhile is left out. The exit code is 1 if there is \
            any difference, and 2 if it could not be told.
            """
    )

    @OptionGroup var options: LedgerOptions

    func run() async throws {
        var table = ResultTable(["kind", "repository", "name", "ledger", "storage"].map { .init($0) })
        func add(_ difference: LedgerDifference) {
            table.add([
                .text(difference.kind), .text(difference.repository), .text(difference.name),
                difference.ledger.map { .text($0) } ?? .none, difference.storage.map { .text($0) } ?? .none,
            ])
        }
        let count: Int
        switch try await options.owner() {
        case .none(let ledger):
            let meter = ProgressMeter("compared")
            let result: Result<LedgerProgress, LedgerError>
            do throws(LedgerError) {
                result = .success(
                    try await ledger.verify { found, progress in
                        for difference in found { add(difference) }
                        meter.show(progress)
                    }
                )
            } catch {
                result = .failure(error)
            }
            meter.end()
            await ledger.close()
            do {
                let progress = try result.get()
                count = progress.differences
                CommandFailure.tell("\(progress.summary); \(count) differences")
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(2)
            }
        case .server(let client):
            let content = try client.answer("ledger-verify", about: "the ledger", failing: 2).content
            for item in content["differences"]?.array ?? [] {
                add(
                    LedgerDifference(
                        item["kind"]?.string ?? "",
                        item["repository"]?.string ?? "",
                        item["name"]?.string ?? "",
                        ledger: item["ledger"]?.string,
                        storage: item["storage"]?.string
                    )
                )
            }
            count = content.count("count")
            CommandFailure.tell(
                """
                \(content.count("blobs")) blobs, \(content.count("repositories")) repositories compared by the server; \
                \(count) differences
                """
            )
        }
        if options.json || !table.rows.isEmpty {
            print((options.json ? ResultFormat.json : .table).text(of: table), terminator: "")
        }
        if count > 0 { throw ExitCode(1) }
    }
}
