//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryLedger
import RegistryMaintenance
import RegistryModel
import RegistryTelemetry

/// What can be asked of the removal of tags by policy while a server runs.
struct RetentionControl {
    let parts: LiveParts
    let ledger: SQLiteLedger?

    /// Tags in one answer; of more, the number is told.
    private static let maximumTags = 10_000

    func answer(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        guard let isDryRun = Bool(request["dry-run"] ?? "false") else {
            throw ControlFailure(.invalidParameter, "dry-run must be true or false")
        }
        guard let ledger else {
            throw ControlFailure(.conflict, "there is no ledger, which retention needs")
        }
        let settings = parts.retention.value
        guard !settings.policy.rules.isEmpty else {
            throw ControlFailure(.conflict, "storage.maintenance.retention has no rules")
        }
        var tags: [JSONText] = []
        do throws(RetentionService.Refusal) {
            let report = try await parts.retention(settings, ledger).round(isDryRun: isDryRun) { removal in
                if tags.count < Self.maximumTags { tags.append(Self.json(removal)) }
            }
            return .object([
                ("dry_run", .bool(isDryRun)), ("removed", .number(Int64(report.removed))),
                ("spared", .number(Int64(report.spared))),
                (
                    "kept",
                    .object(
                        RetentionVerdict.Reason.allCases.map { ($0.rawValue, .number(Int64(report.kept[$0] ?? 0))) }
                    )
                ),
                ("failed", .number(Int64(report.failed))), ("failure", report.failure.map { .string($0) }),
                ("tags", .array(tags)),
            ])
        } catch {
            switch error {
            case .readOnly: throw ControlFailure(.conflict, "the registry is read-only; dry-run=true only lists")
            case .ledger(let error): throw ControlFailure(.conflict, error.description)
            }
        }
    }

    private static func json(_ removal: RetentionRound.Removal) -> JSONText {
        .object([
            ("repository", .string(removal.repository)), ("tag", .string(removal.tag.name)),
            ("digest", removal.tag.digest.map { .string($0.description) }),
            ("set", removal.tag.changed.map { .string($0.secondsDescription) }),
            ("pulled", removal.tag.pulled.map { .string($0.secondsDescription) }),
            ("rule", .string(removal.place)),
        ])
    }
}
