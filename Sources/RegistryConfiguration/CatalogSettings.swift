//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The list of repositories.
package struct CatalogSettings: Sendable, Equatable {
    /// How many names one answer holds at most; above 0.
    package var maxEntries: Int

    /// Creates settings; what is left out has its default.
    package init(maxEntries: Int = 1000) {
        self.maxEntries = maxEntries
    }
}

extension CatalogSettings {
    /// Reads the section `catalog`.
    ///
    /// 0 is the default, as in distribution.
    init(reading catalog: SectionReader) {
        let defaults = CatalogSettings()
        let maxEntries = catalog.integer("maxentries", default: defaults.maxEntries)
        self.init(maxEntries: maxEntries == 0 ? defaults.maxEntries : maxEntries)
    }
}
