//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryLedger
import RegistryModel
import RegistryObservability
import RegistryTelemetry

struct LedgerStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Tells how the ledger is, and how much it holds."
    )

    @OptionGroup var options: LedgerOptions

    func run() async throws {
        var facts: [(name: String, value: ResultTable.Value)]
        switch try await options.owner() {
        case .none(let ledger):
            do {
                facts = [("state", .text(ledger.standing.state.rawValue))]
                facts += try await ledger.facts().named.map { ($0.name, .number($0.value)) }
                await ledger.close()
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(1)
            }
        case .server(let client):
            let answer = try client.answer("ledger", about: "the ledger", failing: 2)
            let content = answer.content
            facts = [("state", .text(content["state"]?.string ?? ""))]
            if let cause = content["cause"]?.string { facts.append(("cause", .text(cause))) }
            facts += LedgerFacts().named.filter { content[$0.name] != nil }.map {
                ($0.name, .number(Int64(content.count($0.name))))
            }
            if let progress = content["progress"], progress.isObject {
                for name in ["shards", "compared", "differences", "elapsed_s"] {
                    facts.append((name, .number(Int64(progress.count(name)))))
                }
            }
        }
        var table = ResultTable(options.json ? facts.map { .init($0.name) } : [.init("what"), .init("value")])
        if options.json {
            table.add(facts.map(\.value))
        } else {
            for fact in facts { table.add([.text(fact.name), fact.value]) }
        }
        print((options.json ? ResultFormat.json : .table).text(of: table), terminator: "")
    }
}
