//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryACME
import RegistryAuth
import RegistryConfiguration
import RegistryHTTP
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
    let authFiles: LiveSetting<[any AnyAuthFile]>
    let slowRequests: SlowRequests
    let logLevels: LogLevels
    /// Nil without TLS, which only a restart changes.
    let encryption: ServerEncryption?
    /// Nil where certificates do not come from an authority.
    let acme: LiveSetting<ACMEService.Settings?>
    /// What goes into the signatures of uploads where no secret is configured.
    let fallbackSecret: String
    let sampler: TraceSampler?
    /// For health checks of files.
    let pool: IOPool

    /// Takes a configuration over, of which everything is known to be good.
    /// - Parameters:
    ///   - old: what holds now.
    ///   - access: who may do what by the new one; nil keeps what is there.
    ///   - source: who asks.
    func apply(
        _ new: RegistryConfiguration,
        insteadOf old: RegistryConfiguration,
        _ access: AccessControl?,
        by source: String
    ) {
        logLevels.configure(new.log)
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
        if let access { authFiles.set(access.files) }
        var services = registry.services
        services.space = SpaceGuard(services.context, reserve: .init(new.storage.reserve))
        if let access { services.access = access.controller }
        var options = RegistryOptions(new, fallbackSecret: fallbackSecret)
        options.sampler = sampler
        registry.replace(options, services)
    }
}
