//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The derived index of what is stored.
package struct LedgerSettings: Sendable, Equatable {
    /// Content in memory has none in any case.
    package var enabled: Bool
    /// The file; nil for `.plimsoll/ledger.db` in the root folder of the storage, and for none where that has no folders.
    package var path: String?
    /// Whether the catalogue, tags and referrers are listed from it.
    package var listings: Bool
    /// How long use is kept day by day; 0 for ever.
    package var usageAge: Duration

    /// Creates settings; what is left out has its default.
    package init(
        enabled: Bool = true,
        path: String? = nil,
        listings: Bool = true,
        usageAge: Duration = .seconds(400 * 86_400)
    ) {
        self.enabled = enabled
        self.path = path
        self.listings = listings
        self.usageAge = usageAge
    }
}

extension LedgerSettings {
    /// Reads the section `ledger`.
    init(reading ledger: SectionReader) {
        let defaults = LedgerSettings()
        self.init(
            enabled: ledger.boolean("enabled", default: defaults.enabled),
            path: ledger.value("path", default: nil) { $0.text.isEmpty ? nil : $0.text },
            listings: ledger.boolean("listings", default: defaults.listings),
            usageAge: ledger.duration("usageage", default: defaults.usageAge)
        )
    }
}
