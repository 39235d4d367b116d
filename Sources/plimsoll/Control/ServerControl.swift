//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryConfiguration
import RegistryHTTP
import RegistryLedger
import RegistryMaintenance
import RegistryModel
import RegistryObservability
import RegistryStorage
import RegistryTelemetry

/// What `plimsoll ctl` can ask of the server, and have it do.
///
/// A new command is a function here, a line in `commands`, a subcommand of `CtlCommand`, and its lines in
/// docs/control.md.
struct ServerControl: Sendable {
    let reloader: Reloader
    let parts: LiveParts
    let drain: Drain
    let connections: OpenConnections
    let log: LogPipeline
    let places: ServingPlaces
    /// Whether there is a file to rotate.
    let hasLogFile: Bool
    /// Nil where there is none.
    let ledger: SQLiteLedger?
    /// Nil without a ledger.
    let reports: ReportDesk?
    /// Nil without a ledger.
    let events: EventsControl
    let maintenance: MaintenanceCenter
    let started = ContinuousClock.now

    var commands: [ControlCommand] {
        [
            .question("status") { _ in status },
            .change("reload") { request async throws(ControlFailure) in try await reload(request) },
            .change("drain") { _ in endOrderly() },
            .change("read-only", ["state"]) { request async throws(ControlFailure) in try setReadOnly(request) },
            .change("log-level", ["level", "for"]) { request async throws(ControlFailure) in try setLogLevel(request) },
            .change("rotate") { _ async throws(ControlFailure) in try rotate() },
            .change("purge", ["older-than", "dry-run"]) { request async throws(ControlFailure) in
                try await purge(request)
            },
            .change("retain", ["dry-run"]) { request async throws(ControlFailure) in
                try await RetentionControl(parts: parts, ledger: ledger).answer(request)
            },
            .question("ledger") { _ async throws(ControlFailure) in try await LedgerControl(ledger).facts() },
            .question("ledger-verify") { _ async throws(ControlFailure) in try await LedgerControl(ledger).verify() },
            .change("ledger-rebuild") { _ async throws(ControlFailure) in try await LedgerControl(ledger).rebuild() },
        ] + MaintenanceControl(center: maintenance).commands + (reports.map { [$0.command] } ?? [])
            + events.commands
    }

    // MARK: Questions

    private var status: JSONText {
        let standing = reloader.standing
        let failures = parts.health.failures
        let state = drain.isDraining ? "draining" : failures.isEmpty ? "serving" : "unhealthy"
        return .object([
            ("state", .string(state)),
            ("version", .string(Version.number)),
            ("pid", .number(Int64(getpid()))),
            ("uptime_s", .number((ContinuousClock.now - started).components.seconds)),
            ("addresses", .array(places.addresses.map { .string($0) })),
            ("read_only", .bool(parts.readOnly.isOn)),
            ("requests", .number(Int64(drain.requests))),
            ("changes", .number(Int64(parts.readOnly.changesUnderWay))),
            ("connections", .number(Int64(connections.count))),
            (
                "failures",
                .array(
                    failures.map { .object([("check", .string($0.check)), ("cause", .string($0.cause))]) }
                )
            ),
            ("log_level", logLevel),
            ("ledger", .string(ledger?.standing.state.rawValue ?? "off")),
            ("endpoints", EventsControl.endpoints(events.delivery)),
            ("configuration_read", .string(standing.last.secondsDescription)),
            ("needs_restart", .array(standing.pending.map { .string($0) })),
        ])
    }

    private var logLevel: JSONText {
        let levels = parts.logLevels
        let current = levels.current
        return .object([
            ("level", .string((current?.level ?? levels.configured).rawValue)),
            ("configured", .string(levels.configured.rawValue)),
            ("reverts_in_s", current?.end.map { .number(max(0, ($0 - .now).components.seconds)) }),
        ])
    }

    // MARK: Changes

    private func reload(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        switch await reloader.reload(by: request.caller.text) {
        case .refused(let problems): throw ControlFailure(.conflict, problems)
        case .applied(let keys, let pending):
            log.perform(.reopen)
            return .object([
                ("applied", .array(keys.map { .string($0) })), ("needs_restart", .array(pending.map { .string($0) })),
            ])
        }
    }

    /// What SIGTERM does.
    private func endOrderly() -> JSONText {
        kill(getpid(), SIGTERM)
        return .object([
            ("requests", .number(Int64(drain.requests))),
            ("timeout_s", .number(parts.drainTimeout.value.components.seconds)),
        ])
    }

    private func setReadOnly(_ request: ControlRequest) throws(ControlFailure) -> JSONText {
        let isOn: Bool
        switch request["state"] {
        case "on": isOn = true
        case "off": isOn = false
        default: throw ControlFailure(.invalidParameter, "state must be on or off")
        }
        let isChange = parts.readOnly.set(isOn, by: request.caller.text)
        return .object([
            ("read_only", .bool(isOn)), ("changed", .bool(isChange)),
            ("changes", .number(Int64(parts.readOnly.changesUnderWay))),
        ])
    }

    private func setLogLevel(_ request: ControlRequest) throws(ControlFailure) -> JSONText {
        let text = request["level"] ?? ""
        let level = LogLevel(rawValue: text)
        guard level != nil || text == "configured" else {
            throw ControlFailure(.invalidParameter, "level must be debug, info, warn, error or configured")
        }
        let duration = try Self.duration(request, "for")
        guard duration == nil || (level != nil && duration != .zero) else {
            throw ControlFailure(.invalidParameter, "for needs a level, and a duration above 0")
        }
        parts.logLevels.set(level, for: duration, by: request.caller.text)
        return logLevel
    }

    private func rotate() throws(ControlFailure) -> JSONText {
        guard hasLogFile else {
            throw ControlFailure(.conflict, "there is no log file: log.sinks.file.path is not set")
        }
        log.perform(.rotate)
        return .object([("requested", .bool(true))])
    }

    private func purge(_ request: ControlRequest) async throws(ControlFailure) -> JSONText {
        let dryRun = request["dry-run"] ?? "false"
        guard let isDryRun = Bool(dryRun) else {
            throw ControlFailure(.invalidParameter, "dry-run must be true or false")
        }
        let age = try Self.duration(request, "older-than") ?? reloader.uploadAge
        guard isDryRun || parts.readOnly.beginChange() else {
            throw ControlFailure(.conflict, "the registry is read-only; dry-run=true only lists")
        }
        defer { if !isDryRun { parts.readOnly.endChange() } }
        let settings = UploadPurger.Settings(age: age, interval: .zero, isDryRun: isDryRun)
        var uploads: [JSONText] = []
        let report = await UploadPurger(parts.registry.services.context, settings).round { upload in
            uploads.append(
                .object([
                    ("repository", .string(upload.repository.description)),
                    ("upload", .string(upload.id.description)),
                    ("began", .string(upload.began.secondsDescription)), ("size", .number(upload.size)),
                ])
            )
        }
        return .object([
            ("dry_run", .bool(isDryRun)), ("purged", .number(Int64(report.purged))), ("bytes", .number(report.bytes)),
            ("young", .number(Int64(report.young))), ("in_use", .number(Int64(report.inUse))),
            ("undated", .number(Int64(report.undated))), ("failed", .number(Int64(report.failed))),
            ("failure", report.failure.map { .string($0) }), ("uploads", .array(uploads)),
        ])
    }

    static func duration(_ request: ControlRequest, _ name: String) throws(ControlFailure) -> Duration? {
        guard let text = request[name] else { return nil }
        guard let duration = Duration(goText: text), duration >= .zero else {
            throw ControlFailure(.invalidParameter, "\(name) must be a duration such as 10m")
        }
        return duration
    }
}
