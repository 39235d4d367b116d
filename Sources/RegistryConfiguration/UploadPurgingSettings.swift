//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The removal of abandoned uploads.
package struct UploadPurgingSettings: Sendable, Equatable {
    /// Whether it is done at all.
    package var enabled: Bool
    /// The age at which an upload counts as abandoned; above 0.
    package var age: Duration
    /// The time between two rounds; above 0.
    package var interval: Duration
    /// Whether a round only tells what it would remove.
    package var dryRun: Bool

    /// Creates settings; what is left out has its default.
    package init(
        enabled: Bool = true,
        age: Duration = .seconds(168 * 3600),
        interval: Duration = .seconds(24 * 3600),
        dryRun: Bool = false
    ) {
        self.enabled = enabled
        self.age = age
        self.interval = interval
        self.dryRun = dryRun
    }
}

extension UploadPurgingSettings {
    /// Reads the section `storage.maintenance.uploadpurging`.
    ///
    /// Unlike distribution it needs none of its keys.
    init(reading purging: SectionReader) {
        self.init()
        enabled = purging.boolean("enabled", default: enabled)
        age = purging.duration("age", default: age, zero: false)
        interval = purging.duration("interval", default: interval, zero: false)
        dryRun = purging.boolean("dryrun", default: dryRun)
    }
}
