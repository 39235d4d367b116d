//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryMaintenance
import RegistryModel
import RegistryStorage
import RegistryTelemetry

struct ScrubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scrub",
        abstract: "Compares all content with the digests that are its names.",
        discussion: """
            What is damaged goes into .plimsoll/quarantine, and is not there for clients any more, so that whoever has it \
            pushes it again. Prints each damaged blob. When it is ended it goes on from there the next time. While a \
            server runs, the server does it, at the pace of storage.maintenance.scrub.iobudget, and what it finds is \
            printed; Ctrl-C ends it in the server. If one is under way already, by schedule or for somebody else, what it \
            has found is printed, and its end waited for; Ctrl-C ends the command alone then. The exit code is 1 if \
            anything is damaged or it failed or was ended.
            """
    )

    @OptionGroup var options: StorageOptions

    @Option(
        help: ArgumentHelp(
            "Bytes a second that may be read without a server, such as 16777216; else no bound.",
            valueName: "bytes"
        )
    )
    var ioBudget: Int?

    func run() async throws {
        switch try await options.owner() {
        case .none(let storage):
            let records = ScrubRecord(storage.driver)
            let scrub = Scrub(
                storage.context,
                driver: storage.driver,
                budget: ioBudget,
                by: MutationOrigin(actor: "scrub")
            )
            let start = await records.load()
            let result = await OfflineStorage.interruptible { () -> Result<ScrubPosition, CollectionError> in
                do throws(CollectionError) {
                    let end = try await scrub.run(from: start) { finding in
                        print("\(finding.digest) is \(finding.actual), \(finding.size) bytes")
                    } save: { position in
                        await records.save(position)
                    }
                    return .success(end)
                } catch {
                    return .failure(error)
                }
            }
            await storage.close()
            do throws(CollectionError) {
                let end = try result.get()
                CommandFailure.tell("\(end.blobs) blobs, \(end.bytes) bytes read; \(end.damaged) damaged")
                guard end.damaged == 0 else { throw CollectionError(.failed, "damaged content was found") }
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(1)
            }
        case .server(let client):
            try await ScrubHandover(client: client).run()
        }
    }
}
