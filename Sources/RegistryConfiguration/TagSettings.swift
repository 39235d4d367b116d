//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The lists of tags.
package struct TagSettings: Sendable, Equatable {
    /// How many tags one answer holds at most; above 0.
    package var maxTags: Int

    /// Creates settings; what is left out has its default.
    package init(maxTags: Int = 1000) {
        self.maxTags = maxTags
    }
}

extension TagSettings {
    /// Reads the section `tags`.
    ///
    /// 0 is the default, as in distribution.
    init(reading tags: SectionReader) {
        let defaults = TagSettings()
        let maxTags = tags.integer("maxtags", default: defaults.maxTags)
        self.init(maxTags: maxTags == 0 ? defaults.maxTags : maxTags)
    }
}
