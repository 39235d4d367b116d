//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistryMaintenance
import RegistryStorage

extension MaintenanceCenter.Settings {
    init(_ storage: StorageSettings) {
        let (collection, scrub) = (storage.garbageCollection, storage.scrub)
        self.init(
            collection: collection.enabled
                ? MaintenanceSchedule(interval: collection.interval, minuteOfDay: collection.minuteOfDay) : nil,
            collecting: CollectionSettings(collection),
            scrub: scrub.enabled ? MaintenanceSchedule(interval: scrub.interval) : nil,
            scrubBudget: scrub.ioBudget > 0 ? Int(scrub.ioBudget) : nil
        )
    }
}

extension MaintenanceCenter.Gate {
    /// Lets nothing be changed while the registry is read-only, which waits for what has begun.
    static func closed(by readOnly: ReadOnlyMode) -> Self {
        Self(
            enter: { readOnly.beginChange() ? nil : "the registry is read-only" },
            leave: { readOnly.endChange() }
        )
    }
}

extension CollectionSettings {
    init(_ collection: GarbageCollectionSettings) {
        self.init(
            rules: MarkRules(
                deletesUntagged: collection.deleteUntagged,
                keepsReferrers: collection.keepReferrers
            ),
            olderThan: collection.olderThan,
            removesEmptyRepositories: collection.removeEmpty,
            grace: collection.trash > .zero ? collection.trash : nil,
            budget: collection.ioBudget > 0 ? collection.ioBudget : nil
        )
    }
}
