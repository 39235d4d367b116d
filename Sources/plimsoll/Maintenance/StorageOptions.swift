//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryConfiguration
import RegistryLedger
import RegistryMaintenance
import RegistryStorage
import RegistryTelemetry
import UnixSignals

/// What commands take that look after a storage, with or without a server.
struct StorageOptions: ParsableArguments {
    @Argument(help: "Path of the configuration; without it, REGISTRY_CONFIGURATION_PATH tells.")
    var config: String?

    @Option(
        help: ArgumentHelp("The control socket of the server that runs; else as it is configured.", valueName: "path")
    )
    var socket: String?

    /// Who has the storage.
    enum Owner {
        /// Nobody had; this process has it now.
        case none(OfflineStorage)
        case server(ControlClient)
    }

    /// Takes the storage, or finds the server that has it.
    /// - Throws: exit code 1, after the reason was printed.
    func owner() async throws -> Owner {
        do throws(StartFailure) { return try await find() } catch { throw error.reported() }
    }

    private func find() async throws(StartFailure) -> Owner {
        let configuration = try ConfigurationFile.load(config)
        let pool = IOPool(size: 8)
        let driver = try configuration.storage.existing(pool)
        guard let folder = configuration.storage.driver.folder else {
            // An object store has no locks: a server of this machine is asked, and others are not known.
            if let client = ControlClient.running(socket: socket, config: config) { return .server(client) }
            return .none(try await OfflineStorage(configuration, driver, pool, nil))
        }
        let lock: StorageLock
        do {
            lock = try StorageLock(root: folder, .alone)
        } catch {
            guard error.code == .busy else {
                throw StartFailure(message: "plimsoll: \(folder): \(error.cause)")
            }
            return .server(try .owner(socket: socket, config: config))
        }
        return .none(try await OfflineStorage(configuration, driver, pool, lock))
    }

    static func duration(_ text: String) throws -> Duration {
        guard let duration = Duration(goText: text), duration >= .zero else {
            throw ValidationError("must be a duration such as 24h")
        }
        return duration
    }
}

/// A storage that this process has for itself, with its ledger.
struct OfflineStorage {
    let configuration: RegistryConfiguration
    let driver: any StorageDriver
    let context: StoreContext
    /// Nil where there is none, or another process has it.
    let ledger: SQLiteLedger?
    /// Nil where others may use the storage at the same time, and nobody can tell.
    private let lock: StorageLock?

    var isAlone: Bool { lock != nil }

    init(
        _ configuration: RegistryConfiguration,
        _ driver: any StorageDriver,
        _ pool: IOPool,
        _ lock: StorageLock?
    ) async throws(StartFailure) {
        self.configuration = configuration
        self.driver = driver
        self.lock = lock
        let instruments = Instruments(driverName: driver.name)
        let observer = Observers([])
        ledger = SQLiteLedger.Settings(configuration).map { settings in
            SQLiteLedger(settings, driver: driver, pool: pool, instruments: instruments.ledger, observer: observer)
        }
        if let ledger {
            do throws(LedgerError) {
                try await ledger.openAlone()
            } catch {
                guard error.kind != .locked else { throw StartFailure(message: "plimsoll: \(error)") }
                // It learns of all that is changed when it can be used again.
                CommandFailure.tell("warning: the ledger cannot be used, so the whole tree is read: \(error)")
            }
        }
        context = StoreContext(
            driver: driver,
            instruments: instruments,
            observer: observer,
            journal: ledger,
            index: ledger
        )
    }

    func close() async {
        await ledger?.close()
        withExtendedLifetime(lock) {}
    }

    /// Does something that SIGINT and SIGTERM end in order.
    static func interruptible<Output: Sendable>(_ body: @escaping @Sendable () async -> Output) async -> Output {
        let task = Task { await body() }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in await UnixSignalsSequence(trapping: .sigint, .sigterm) { task.cancel() }
            }
            let output = await task.value
            group.cancelAll()
            return output
        }
    }
}
