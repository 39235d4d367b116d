//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import RegistryAuth
import RegistryConfiguration
import RegistryMaintenance
import RegistryModel
import RegistryReports
import RegistryTelemetry

extension ReportCommand {
    struct Simulate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Which tags a policy would remove now, and how many bytes that would free.",
            discussion: """
                The policy is a file with rules as storage.maintenance.retention has them:

                  rules:
                    - repositories: ["team/**"]
                      keep: {latest: 10, pulledwithin: 2160h}

                Reads the ledger's file, beside a running server too, and changes nothing.
                """
        )
        @Argument(help: "The policy; without it, the rules of the configuration.")
        var policy: String?
        @OptionGroup var options: ReportOptions
        @OptionGroup var scope: ReportScope
        @Option(help: ReportOptions.sortHelp)
        var sort: String?

        func run() async throws {
            var values = options.output.values
            values["scope"] = scope.scope
            values["sort"] = sort
            do throws(ReportFailure) {
                // It takes the same.
                var request = try ReportRequest(ReportName.usage.rawValue, values, now: .now)
                request.name = .simulate
                let configuration = try ReportOptions.configuration(options.config)
                let access = try immutable(configuration.auth)
                let report = try await ReportOptions.offlineReporter(configuration).simulate(
                    try tagPolicy(configuration),
                    CollectionSettings(configuration.storage.garbageCollection).rules,
                    request,
                    isFixed: { access?.isImmutable($1, in: $0) ?? false }
                )
                try options.output.write(AnyIterator(try ReportText(report, request)))
            } catch {
                CommandFailure.tell("error: \(error)")
                throw ExitCode(error.kind == .unavailable ? 2 : 1)
            }
        }

        private func tagPolicy(_ configuration: RegistryConfiguration) throws(ReportFailure) -> TagPolicy {
            guard let policy else {
                guard !configuration.storage.retention.rules.isEmpty else {
                    throw ReportFailure(.invalid, "storage.maintenance.retention has no rules; give a file with some")
                }
                return TagPolicy(configuration.storage.retention, file: "configuration")
            }
            let text = String(decoding: try ReportFile.read(policy), as: UTF8.self)
            do throws(ConfigurationFailure) {
                return TagPolicy(try RetentionSettings.load(yaml: text, file: policy), file: policy)
            } catch {
                throw ReportFailure(.invalid, error.description)
            }
        }

        private func immutable(_ auth: AuthSettings) throws(ReportFailure) -> Policy? {
            do throws(StartFailure) { return try AccessControl.policy(auth) } catch {
                throw ReportFailure(.unavailable, error.message)
            }
        }
    }
}

extension Policy {
    /// Whether a tag is set once and for all; names that nobody can use are not.
    func isImmutable(_ tag: String, in repository: String) -> Bool {
        do throws(RegistryError) {
            return immutableRule(for: try Tag(tag), in: try RepositoryName(repository)) != nil
        } catch {
            return false
        }
    }
}
