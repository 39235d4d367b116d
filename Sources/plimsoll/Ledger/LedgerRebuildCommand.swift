//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryLedger
import RegistryModel
import RegistryTelemetry

struct LedgerRebuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild",
        abstract: "Makes the ledger say what is in the storage.",
        discussion: """
            Goes through the whole storage and mends every difference; the history of tags and the counts of use stay. \
            When it is ended it goes on from there the next time, unless --from-start. A server that runs does it in the \
            background; `plimsoll ledger status` tells how far it is.
            """
    )

    @OptionGroup var options: LedgerOptions

    @Flag(help: "Begins anew, whatever an earlier rebuilding has done.")
    var fromStart = false

    func run() async throws {
        switch try await options.owner() {
        case .none(let ledger):
            let meter = ProgressMeter("rebuilt")
            let result: Result<LedgerProgress, LedgerError>
            do throws(LedgerError) {
                let starts = fromStart || ledger.standing.state == .current
                result = .success(try await ledger.rebuild(fromStart: starts) { _, progress in meter.show(progress) })
            } catch {
                result = .failure(error)
            }
            meter.end()
            await ledger.close()
            do {
                let progress = try result.get()
                CommandFailure.tell("\(progress.summary); \(progress.differences) differences mended")
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(1)
            }
        case .server(let client):
            let answer = try client.answer("ledger-rebuild", isChange: true, about: "the ledger", failing: 2)
            if options.json {
                print(answer.text)
            } else {
                CommandFailure.tell("the server rebuilds its ledger; plimsoll ledger status tells how far it is")
            }
        }
    }
}
