//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistryMaintenance
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// What can be asked of the maintenance while a server runs.
struct MaintenanceControl: Sendable {
    let center: MaintenanceCenter

    var commands: [ControlCommand] {
        [
            .question("maintenance") { _ in await center.json() },
            .question("collection-report") { _ async throws(ControlFailure) in try report() },
            .question("collection-plan") { _ async throws(ControlFailure) in try plan() },
            .change("collect", ["dry-run", "delete-untagged", "older-than", "trash", "io-budget"]) {
                request async throws(ControlFailure) in try collect(request)
            },
            .change("maintenance-stop") { _ in .object([("stopped", center.stop().map { .string($0) })]) },
            .change("undelete", ["what"]) { request async throws(ControlFailure) in try await restore(request) },
            .change("delete-repository", ["name"]) { request async throws(ControlFailure) in
                try await remove(request)
            },
            .question("scrub-findings") { _ in .object([("findings", .array(center.findings.map(\.json)))]) },
            .change("scrub") { request async throws(ControlFailure) in try scrub(request) },
        ]
    }

    /// Entries of each list in one answer; of more, the number is told.
    private static let maximumEntries = 100_000

    private func plan() throws(ControlFailure) -> JSONText {
        guard let plan = center.lastPlan else { throw ControlFailure(.conflict, "there is no plan") }
        return plan.json(limit: Self.maximumEntries)
    }

    private func report() throws(ControlFailure) -> JSONText {
        guard let report = center.lastReport else { throw ControlFailure(.conflict, "there was no collection") }
        return report.json
    }

    private func collect(_ request: ControlRequest) throws(ControlFailure) -> JSONText {
        var settings = center.settings.collecting
        let isDryRun = try Self.truth(request, "dry-run") ?? false
        if let deletes = try Self.truth(request, "delete-untagged") { settings.rules.deletesUntagged = deletes }
        if let age = try ServerControl.duration(request, "older-than") { settings.olderThan = age }
        if try Self.truth(request, "trash") == false { settings.grace = nil }
        if let text = request["io-budget"] {
            guard let budget = Int(text), budget >= 0 else {
                throw ControlFailure(.invalidParameter, "io-budget must be a number of files a second, 0 for no bound")
            }
            settings.budget = budget > 0 ? budget : nil
        }
        do throws(MaintenanceRefusal) {
            try center.beginCollection(settings, isDryRun: isDryRun, by: Self.origin(request))
        } catch {
            throw ControlFailure(.conflict, error.description)
        }
        return .object([
            ("started", .bool(true)), ("dry_run", .bool(isDryRun)),
            ("delete_untagged", .bool(settings.rules.deletesUntagged)),
            ("older_than_s", .number(settings.olderThan.components.seconds)),
            ("trash_s", settings.grace.map { .number($0.components.seconds) }),
        ])
    }

    private func scrub(_ request: ControlRequest) throws(ControlFailure) -> JSONText {
        do throws(MaintenanceRefusal) { try center.beginScrub(by: Self.origin(request)) } catch {
            throw ControlFailure(.conflict, error.description)
        }
        return .object([("started", .bool(true))])
    }

    private func restore(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        guard let what = request["what"], !what.isEmpty else {
            throw ControlFailure(.invalidParameter, "what must be the name of a run, or a digest")
        }
        do throws(CollectionError) {
            return try await center.restore(what, by: Self.origin(request)).json
        } catch {
            throw ControlFailure(.conflict, error.description)
        }
    }

    private func remove(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        do throws(RegistryError) {
            let name = try RepositoryName(request["name"] ?? "")
            return try await center.remove(name, by: Self.origin(request)).json
        } catch {
            let text = [error.code.rawValue, error.detail, error.cause].compactMap(\.self).joined(separator: ": ")
            throw ControlFailure(error.code == .nameInvalid ? .invalidParameter : .conflict, text)
        }
    }

    private static func origin(_ request: ControlRequest) -> MutationOrigin {
        MutationOrigin(actor: request.caller.text)
    }

    private static func truth(_ request: ControlRequest, _ name: String) throws(ControlFailure) -> Bool? {
        guard let text = request[name] else { return nil }
        guard let value = Bool(text) else { throw ControlFailure(.invalidParameter, "\(name) must be true or false") }
        return value
    }
}
