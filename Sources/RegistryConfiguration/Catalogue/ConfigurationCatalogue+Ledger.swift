//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let ledger: [ConfigurationKey] = [
        ConfigurationKey(
            "ledger",
            .section,
            "the index of what is stored, derived from it ([The ledger](ledger.md)); content in memory has none",
            .plimsoll
        ),
        ConfigurationKey("ledger.enabled", .truth, "keeps one", default: "true", .plimsoll),
        ConfigurationKey(
            "ledger.path",
            .path(.made),
            "its file, on a local file system, with others of the same name beside it; where it is left out, "
                + "`.plimsoll/ledger.db` in `storage.filesystem.rootdirectory`, and none for object stores",
            example: "/var/lib/plimsoll-ledger/ledger.db",
            .plimsoll
        ),
        ConfigurationKey(
            "ledger.listings",
            .truth,
            "lists repositories, tags and referrers from it; not where other servers write to the same storage",
            default: "true",
            .plimsoll
        ),
        ConfigurationKey(
            "ledger.usageage",
            .duration(zero: true),
            "how long the use of repositories and clients is kept day by day; its sums are kept longer; 0 for ever",
            default: "9600h",
            .plimsoll
        ),
    ]
}
