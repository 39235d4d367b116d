//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration
import RegistryLedger
import RegistryModel
import RegistryStorage
import RegistryTelemetry

struct LedgerOptions: ParsableArguments {
    @Argument(help: "Path of the configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
    var config: String?

    @Option(
        help: ArgumentHelp("The control socket of the server that runs; else as it is configured.", valueName: "path")
    )
    var socket: String?

    @Flag(help: "Prints JSON.")
    var json = false

    /// Who has the ledger.
    enum Owner {
        /// Nobody had; this process has it now.
        case none(SQLiteLedger)
        case server(ControlClient)
    }

    /// Takes the ledger, or finds the server that has it.
    /// - Throws: exit code 1, after the reason was printed.
    func owner() async throws -> Owner {
        do throws(StartFailure) {
            return try await find()
        } catch {
            throw error.reported()
        }
    }

    private func find() async throws(StartFailure) -> Owner {
        let configuration = try ConfigurationFile.load(config)
        guard configuration.storage.driver != .inMemory else {
            throw StartFailure(message: "plimsoll: storage: content in memory has no ledger")
        }
        guard let settings = SQLiteLedger.Settings(configuration) else {
            let reason = configuration.ledger.enabled ? "ledger.path is not set" : "ledger.enabled is false"
            throw StartFailure(message: "plimsoll: \(reason): there is no ledger")
        }
        let pool = IOPool(size: 4)
        let driver = try configuration.storage.existing(pool)
        let instruments = Instruments(driverName: driver.name)
        let ledger = SQLiteLedger(
            settings,
            driver: driver,
            pool: pool,
            instruments: instruments.ledger,
            observer: Observers([])
        )
        do throws(LedgerError) {
            try await ledger.openAlone()
            return .none(ledger)
        } catch {
            await ledger.close()
            guard error.kind == .locked else { throw StartFailure(message: "plimsoll: \(error)") }
            return .server(try .owner(socket: socket, config: config))
        }
    }
}
