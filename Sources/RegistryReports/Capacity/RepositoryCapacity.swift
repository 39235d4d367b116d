//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// What a repository, or all repositories of a namespace together, hold, in bytes.
package struct CapacityFigures: Sendable, Equatable {
    package var logical: Int64 = 0
    package var deduplicated: Int64 = 0
    package var exclusive: Int64 = 0
    package var attributed: Int64 = 0
    package var manifests: Int64 = 0
    package var tags: Int64 = 0
    package var lastPush: WallTime?
    /// The last GET or HEAD of a manifest; nil where none is known.
    package var lastPull: WallTime?
    /// Manifests sent, as far back as use is kept.
    package var pulls: Int64 = 0

    package init() {}

    /// What others reach too.
    package var shared: Int64 { deduplicated - exclusive }
}

/// What a repository holds.
package struct RepositoryCapacity: Sendable, Equatable {
    package var name: String
    package var figures: CapacityFigures

    package init(name: String, figures: CapacityFigures) {
        self.name = name
        self.figures = figures
    }
}

/// What the repositories of a namespace hold: the one of its name, and all whose names begin with it and a slash.
package struct NamespaceCapacity: Sendable, Equatable {
    /// Empty for the root, which has them all.
    package var name: String
    /// Parts of the name; 0 for the root.
    package var depth: Int
    /// Repositories in it.
    package var repositories: Int
    package var figures: CapacityFigures

    package init(name: String, depth: Int, repositories: Int, figures: CapacityFigures) {
        self.name = name
        self.depth = depth
        self.repositories = repositories
        self.figures = figures
    }
}
