//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How much is stored, as it was when somebody last looked; sizes are in bytes.
package struct CapacityNumbers: Sendable, Equatable {
    package var computedAt: WallTime
    /// What it took.
    package var duration: Duration
    package var logical: Int64 = 0
    package var referenced: Int64 = 0
    package var unreferenced: Int64 = 0
    /// Nil where nobody can tell.
    package var uploading: Int64?
    package var repositories: Int64 = 0
    package var manifests: Int64 = 0
    package var tags: Int64 = 0
    package var blobs: Int64 = 0
    /// The repositories that hold the most, the greatest first.
    package var largest: [Repository] = []

    package init(computedAt: WallTime, duration: Duration) {
        self.computedAt = computedAt
        self.duration = duration
    }

    package struct Repository: Sendable, Equatable {
        package var name: String
        package var deduplicated: Int64
        package var exclusive: Int64

        package init(name: String, deduplicated: Int64, exclusive: Int64) {
            self.name = name
            self.deduplicated = deduplicated
            self.exclusive = exclusive
        }
    }
}
