//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How the health of the storage is watched.
package struct StorageHealth: Sendable, Equatable {
    /// Whether it is watched at all.
    package var enabled: Bool
    /// The time between two checks; above 0.
    package var interval: Duration
    /// How many checks must fail in a row before the registry counts as unhealthy; 0 and 1 mean the first.
    package var threshold: Int

    /// Creates settings; what is left out has its default.
    package init(enabled: Bool = false, interval: Duration = .seconds(10), threshold: Int = 0) {
        self.enabled = enabled
        self.interval = interval
        self.threshold = threshold
    }
}

extension StorageHealth {
    /// Reads the section `health.storagedriver`.
    ///
    /// An interval of 0 is the default one, as in distribution.
    init(reading check: SectionReader) {
        let defaults = StorageHealth()
        let interval = check.duration("interval", default: defaults.interval)
        self.init(
            enabled: check.boolean("enabled", default: defaults.enabled),
            interval: interval == .zero ? defaults.interval : interval,
            threshold: check.integer("threshold", default: defaults.threshold),
        )
    }
}
