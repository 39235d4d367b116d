//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let reports: [ConfigurationKey] = [
        ConfigurationKey("reports", .section, "reports of what is stored, which are made from the ledger", .plimsoll),
        ConfigurationKey(
            "reports.schedule",
            .sections,
            "exports that are made by the clock ([Exports](exports.md)); one that was missed is made at the next start",
            .plimsoll
        ),
        ConfigurationKey(
            "reports.schedule[].name",
            .form("lower-case letters, digits, `.`, `_` and `-`", pattern: "^[a-z0-9]+([._-][a-z0-9]+)*$"),
            "the beginning of the names of its exports, at most 64 characters; each has its own",
            example: "nightly",
            .plimsoll
        ).required(),
        ConfigurationKey(
            "reports.schedule[].every",
            .duration(zero: false),
            "the time between two, counted from midnight in UTC where it divides a day; a minute or more",
            default: "24h",
            .plimsoll
        ),
        ConfigurationKey(
            "reports.schedule[].at",
            .form("`HH:MM`", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$"),
            "the time of day in UTC, instead of `every`",
            example: "02:00",
            .plimsoll
        ),
        ConfigurationKey(
            "reports.schedule[].formats",
            .list(of: .word(["csv", "jsonl"])),
            "what files there are of each table",
            default: "[csv, jsonl]",
            .plimsoll
        ),
        ConfigurationKey(
            "reports.schedule[].directory",
            .path(.folder),
            "the folder in which each export gets a folder of its own",
            example: "/var/lib/plimsoll-exports",
            .plimsoll
        ),
        ConfigurationKey(
            "reports.schedule[].repository",
            .text,
            "the repository of this registry that they are pushed to as artifacts, instead of `directory`",
            example: "reports/capacity",
            .plimsoll
        ),
        ConfigurationKey(
            "reports.schedule[].keep",
            .number(from: 1),
            "exports that stay; older ones are removed",
            default: "30",
            .plimsoll
        ),
    ]
}
