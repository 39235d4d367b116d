//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryAuth
package import RegistryStorage
import RegistryTelemetry

/// What the API is built on.
package struct RegistryServices: Sendable {
    package let context: StoreContext
    package var manifests: ManifestStore
    package var space: SpaceGuard
    package let health: HealthMonitor
    package let drain: Drain
    package let readOnly: ReadOnlyMode
    package var limits: Limits
    /// Decides who may do what; nil where everybody may do everything.
    package var access: AccessController?

    package init(
        context: StoreContext,
        manifests: ManifestStore,
        space: SpaceGuard,
        health: HealthMonitor,
        drain: Drain,
        readOnly: ReadOnlyMode,
        limits: Limits,
        access: AccessController? = nil
    ) {
        self.context = context
        self.manifests = manifests
        self.space = space
        self.health = health
        self.drain = drain
        self.readOnly = readOnly
        self.limits = limits
        self.access = access
    }

    var observers: any Observer { context.observer }
    var instruments: Instruments { context.instruments }
}
