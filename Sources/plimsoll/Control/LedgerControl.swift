//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryLedger
import RegistryModel
import RegistryTelemetry

/// What can be asked of the ledger while a server runs.
struct LedgerControl {
    let ledger: SQLiteLedger?

    init(_ ledger: SQLiteLedger?) { self.ledger = ledger }

    private func required() throws(ControlFailure) -> SQLiteLedger {
        guard let ledger else {
            throw ControlFailure(.conflict, "there is no ledger: it is switched off, or content is in memory")
        }
        return ledger
    }

    func facts() async throws(ControlFailure) -> JSONText {
        let standing = try required().standing
        var members: [(String, JSONText?)] = [
            ("state", .string(standing.state.rawValue)), ("cause", standing.cause.map { .string($0.description) }),
        ]
        if let facts = try? await required().facts() {
            members += facts.named.map { ($0.name, .number($0.value)) }
        }
        if let progress = standing.progress {
            members.append(
                (
                    "progress",
                    .object([
                        ("shards", .number(Int64(progress.shards))),
                        ("compared", .number(Int64(progress.repositories))),
                        ("repository", progress.repository.map { .string($0) }),
                        ("differences", .number(Int64(progress.differences))),
                        ("elapsed_s", .number(progress.elapsed.components.seconds)),
                        ("left_s", progress.secondsLeft.map { .number(Int64($0)) }),
                    ])
                )
            )
        }
        return .object(members)
    }

    /// Differences in one answer; of more, the number is told.
    private static let maximumDifferences = 10_000

    func verify() async throws(ControlFailure) -> JSONText {
        let ledger = try required()
        var differences: [LedgerDifference] = []
        do throws(LedgerError) {
            let progress = try await ledger.verify { found, _ in
                differences += found.prefix(Self.maximumDifferences - differences.count)
            }
            return .object([
                ("count", .number(Int64(progress.differences))), ("blobs", .number(Int64(progress.blobs))),
                ("repositories", .number(Int64(progress.repositories))),
                ("elapsed_s", .number(progress.elapsed.components.seconds)),
                ("differences", .array(differences.map(Self.json))),
            ])
        } catch {
            throw ControlFailure(.failed, error.description)
        }
    }

    private static func json(_ difference: LedgerDifference) -> JSONText {
        .object([
            ("kind", .string(difference.kind)), ("repository", .string(difference.repository)),
            ("name", .string(difference.name)), ("ledger", difference.ledger.map { .string($0) }),
            ("storage", difference.storage.map { .string($0) }),
        ])
    }

    func rebuild() async throws(ControlFailure) -> JSONText {
        let ledger = try required()
        guard ledger.standing.state != .degraded else {
            throw ControlFailure(.conflict, ledger.standing.cause?.description ?? "the ledger cannot be used")
        }
        await ledger.startOver()
        return .object([("state", .string(ledger.standing.state.rawValue))])
    }
}
