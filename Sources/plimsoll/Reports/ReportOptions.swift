//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import Glibc
import RegistryConfiguration
import RegistryLedger
import RegistryReports
import RegistryStorage
import RegistryTelemetry

/// Which part of all a report is about.
struct ReportScope: ParsableArguments {
    @Option(help: ArgumentHelp("Only a namespace, or a repository.", valueName: "name"))
    var scope: String?
}

/// What most reports take.
struct ReportOptions: ParsableArguments {
    @OptionGroup var output: ReportOutput

    @Option(help: ArgumentHelp("The server's configuration.", valueName: "file"))
    var config: String?

    @Option(help: ArgumentHelp("The server's control socket.", valueName: "path"))
    var socket: String?

    @Flag(help: "Reads the ledger's file, and asks no server.")
    var offline = false

    static let sortHelp = ArgumentHelp("The column to sort by, the greatest first.", valueName: "column")
    static let sinceHelp = ArgumentHelp("From when on: 30d, 2026-11-24, yesterday.", valueName: "time")

    /// Makes a report and writes it.
    /// - Throws: an exit code, after the reason was printed: 1 if it could not be made, 2 if nobody could be asked.
    func run(_ name: ReportName, _ parameters: [(String, String?)]) async throws {
        var values = output.values
        for (parameter, value) in parameters { values[parameter] = value }
        do throws(ReportFailure) {
            // What is asked for wrongly is found out before anybody is asked.
            let request = try ReportRequest(name.rawValue, values, now: .now)
            if !offline, try ask(name, values) { return }
            let report = try await Self.offlineReporter(config).report(request)
            try output.write(AnyIterator(try ReportText(report, request)))
        } catch {
            CommandFailure.tell("error: \(error)")
            throw ExitCode(error.kind == .unavailable ? 2 : 1)
        }
    }

    /// Asks a server.
    /// - Returns: false if there is none, and the ledger's file can be read instead.
    private func ask(_ name: ReportName, _ values: [String: String]) throws(ReportFailure) -> Bool {
        var options = ControlOptions()
        options.socket = socket
        options.config = config
        options.json = false
        let parameters = [("name", String?.some(name.rawValue))] + values.sorted { $0.key < $1.key }.map { ($0, $1) }
        let body: [UInt8]
        do throws(ControlTrouble) {
            body = try ControlClient(path: try options.place()).document("report", parameters)
        } catch {
            switch error {
            case .unreachable(let message):
                let isConfigured =
                    config != nil || ConfigurationFile.environment()["REGISTRY_CONFIGURATION_PATH"]?.isEmpty == false
                guard socket == nil, isConfigured else {
                    throw ReportFailure(
                        .unavailable,
                        "\(message)\nWithout a server, --config says whose ledger to read."
                    )
                }
                return false
            case .refused("unknown_command", let message):
                throw ReportFailure(
                    .unavailable,
                    "\(message)\nThe server has no ledger, or is of another version than this program."
                )
            case .refused(_, let message): throw ReportFailure(.unknown, message)
            }
        }
        try output.write(AnyIterator([body].makeIterator()))
        return true
    }

    static func configuration(_ config: String?) throws(ReportFailure) -> RegistryConfiguration {
        do throws(StartFailure) { return try ConfigurationFile.load(config) } catch {
            throw ReportFailure(.unavailable, error.message)
        }
    }

    /// What reads the ledger's file, whoever its owner is.
    static func offlineReporter(_ config: String?) throws(ReportFailure) -> Reporter {
        try offlineReporter(try configuration(config))
    }

    static func offlineReporter(_ configuration: RegistryConfiguration) throws(ReportFailure) -> Reporter {
        guard let settings = SQLiteLedger.Settings(configuration) else {
            throw ReportFailure(.unavailable, "there is no ledger: it is switched off, or content is in memory")
        }
        guard access(settings.path, R_OK) == 0 else {
            throw ReportFailure(
                .unavailable,
                "\(settings.path): \(String(cString: strerror(errno)))\nplimsoll ledger rebuild makes a ledger."
            )
        }
        let pool = IOPool(size: 2)
        let driver: any StorageDriver
        do throws(StartFailure) { driver = try configuration.storage.existing(pool) } catch {
            throw ReportFailure(.unavailable, error.message)
        }
        return Reporter(
            .file(LedgerReader(settings.path)),
            storage: driver,
            root: configuration.storage.driver.folder,
            pool: pool,
            version: Version.number
        )
    }
}
