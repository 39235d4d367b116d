//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryACME
import RegistryAuth
import RegistryConfiguration
import RegistryEvents
import RegistryHTTP
import RegistryLedger
import RegistryMaintenance
import RegistryModel
import RegistryObservability
import RegistryReports
import RegistryStorage
import RegistryTelemetry

/// What of a running server takes another configuration.
///
/// Whatever can be reloaded is changed here, and has `reloadable()` in the configuration's catalogue; a test compares.
struct LiveParts: Sendable {
    let registry: LiveRegistry
    let readOnly: ReadOnlyMode
    let health: HealthMonitor
    let capacity: CapacityReading
    let drainTimeout: LiveSetting<Duration>
    let purging: LiveSetting<UploadPurger.Settings?>
    let retention: LiveSetting<RetentionService.Settings>
    let exports: LiveSetting<[ExportSchedule]>
    let maintenance: MaintenanceCenter
    let authFiles: LiveSetting<[any AnyAuthFile]>
    let slowRequests: SlowRequests
    let logLevels: LogLevels
    /// Nil without TLS, which only a restart changes.
    let encryption: ServerEncryption?
    /// Nil where certificates do not come from an authority.
    let acme: LiveSetting<ACMEService.Settings?>
    /// What goes into the signatures of uploads where no secret is configured.
    let fallbackSecret: String
    let traces: Traces
    let notifications: Notifications
    let log: LogPipeline
    let connections: OpenConnections
    /// For health checks of files.
    let pool: IOPool

    /// What was made of a new configuration before any of it is used.
    struct Prepared {
        /// Who may do what; nil keeps what is there.
        var access: AccessControl?
        /// Nil without TLS.
        var certificate: PreparedCertificate?
        var traces: Traces.Destinations
        var endpoints: [EndpointPlan]
    }

    /// Takes a configuration over, of which everything is known to be good.
    /// - Parameters:
    ///   - old: what holds now.
    ///   - source: who asks.
    func apply(
        _ new: RegistryConfiguration,
        insteadOf old: RegistryConfiguration,
        _ prepared: Prepared,
        by source: String
    ) {
        // First, since one of the parts hands over certificates for the names that are configured now.
        prepared.certificate?.use()
        logLevels.configure(new.log)
        if let file = new.log.sinks.file, let before = old.log.sinks.file, file != before {
            log.perform(.keep(LogFileOptions(file)))
        }
        traces.use(prepared.traces)
        notifications.use(new.notifications, prepared.endpoints)
        slowRequests.setThreshold(new.log.slow)
        // What was said by signal or command holds, unless the configuration says something new.
        if new.storage.readOnly != old.storage.readOnly { readOnly.set(new.storage.readOnly, by: source) }
        if new.health != old.health {
            health.replace(.init(new.health.storageDriver), checks: new.health.checks(pool))
        }
        capacity.replace(.init(new.storage))
        drainTimeout.set(new.http.drainTimeout)
        let certificates = ACMEService.Settings(new.http)
        if certificates != acme.value { acme.set(certificates) }
        if new.storage.uploadPurging != old.storage.uploadPurging { purging.set(.init(new.storage)) }
        if new.storage.retention != old.storage.retention { retention.set(.init(new.storage)) }
        if new.reports.schedule != old.reports.schedule {
            exports.set(new.reports.schedule.map { ExportSchedule($0) })
        }
        let maintaining = MaintenanceCenter.Settings(new.storage)
        if maintaining != maintenance.settings { maintenance.configure(maintaining) }
        if let access = prepared.access { authFiles.set(access.files) }
        var services = registry.services
        if new.limits != old.limits {
            services.limits = services.limits.changed(to: RequestLimits(new.limits))
            connections.set(OpenConnections.Bounds(RequestLimits(new.limits)))
            services.manifests.maximumBytes = services.limits.maximumManifestBytes
        }
        services.manifests.rules = ManifestRules(new)
        services.space = SpaceGuard(services.context, reserve: .init(new.storage.reserve))
        if let access = prepared.access { services.access = access.controller }
        registry.replace(RegistryOptions(new, fallbackSecret: fallbackSecret), services)
    }
}

extension LiveParts {
    /// The removal of tags by policy.
    func retention(_ settings: RetentionService.Settings, _ ledger: SQLiteLedger) -> RetentionService {
        RetentionService(
            settings,
            ledger,
            registry.services.context,
            changes: .init(
                begin: { [readOnly] in readOnly.beginChange() },
                end: { [readOnly] in readOnly.endChange() }
            )
        ) { [registry] repository, tag in
            guard let access = registry.services.access else { return false }
            do throws(RegistryError) {
                return access.isImmutable(try Tag(tag), in: try RepositoryName(repository))
            } catch {
                return false
            }
        }
    }
}
