//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The checks behind `/debug/health`.
package struct HealthSettings: Sendable, Equatable {
    /// The check of the storage.
    package var storageDriver: StorageHealth

    /// Creates settings; what is left out has its default.
    package init(storageDriver: StorageHealth = StorageHealth()) {
        self.storageDriver = storageDriver
    }
}

extension HealthSettings {
    /// Reads the section `health`.
    init(reading health: SectionReader) {
        self.init(storageDriver: health.section("storagedriver", StorageHealth.init(reading:)))
        health.refuse("file", "http", "tcp")
    }
}
