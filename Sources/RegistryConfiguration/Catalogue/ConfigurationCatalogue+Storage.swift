//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let storage: [ConfigurationKey] = [
        ConfigurationKey(
            "storage",
            .section,
            "where content is kept: exactly one driver, and keys beside it; `storage: inmemory` is short for a driver "
                + "without parameters"
        ).required().template(""),
        ConfigurationKey("storage.filesystem", .choice, "keeps content in files").template(""),
        ConfigurationKey(
            "storage.filesystem.rootdirectory",
            .path(.folder),
            "their folder; a relative path counts from the working directory",
            default: "/var/lib/registry"
        ).template("/var/lib/registry"),
        ConfigurationKey(
            "storage.filesystem.maxthreads",
            .number(from: 0),
            "calls to the file system at a time; less than 25 is taken for 25",
            default: "100"
        ).effective { text in Int(text).map { "\(max($0, 25))" } ?? text },
        ConfigurationKey(
            "storage.inmemory",
            .choice,
            "keeps content in memory, for tests: everything is gone after a restart; takes no parameters"
        ),
        ConfigurationKey("storage.delete", .section, "the deletion of content").template(""),
        ConfigurationKey("storage.delete.enabled", .truth, "lets clients delete manifests and blobs", default: "false")
            .template("false"),
        ConfigurationKey("storage.redirect", .section, "who sends blobs"),
        ConfigurationKey(
            "storage.redirect.disable",
            .truth,
            "always sends blobs from the registry itself, and not by way of the object store",
            default: "false"
        ),
        ConfigurationKey("storage.cache", .section, "what is kept at hand").template(""),
        ConfigurationKey(
            "storage.cache.blobdescriptor",
            .word(["inmemory"]),
            "where the facts about blobs are kept at hand",
            example: "inmemory"
        ).replacing("storage.cache.layerinfo").template("inmemory"),
        ConfigurationKey(
            "storage.cache.layerinfo",
            .word(["inmemory"]),
            "old name of `blobdescriptor`, which wins where both are given",
            example: "inmemory"
        ).replaced(by: "storage.cache.blobdescriptor"),
        ConfigurationKey(
            "storage.cache.blobdescriptorsize",
            .number(from: 0),
            "blobs that the cache remembers; `0` is without limit",
            default: "10000",
            .version3
        ),
        ConfigurationKey(
            "storage.cache.local",
            .choice,
            "keeps blobs of an object store on a disk of this machine ([Object storage](object-storage.md#the-local-cache)); "
                + "needs `storage.redirect.disable: true`",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.cache.local.path",
            .path(.folder),
            "its folder, which no other server uses",
            example: "/var/cache/plimsoll",
            .plimsoll
        ).required(),
        ConfigurationKey(
            "storage.cache.local.size",
            .size,
            "how much it may take; what was not asked for the longest goes first",
            example: "100GiB",
            .plimsoll
        ).required(),
        ConfigurationKey(
            "storage.cache.freshness",
            .section,
            "how long what an object store has said is taken for granted, where other servers may change it",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.cache.freshness.tags",
            .duration(zero: true),
            "of what a tag points to; `0` asks each time",
            default: "3s",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.cache.freshness.digests",
            .duration(zero: true),
            "of what is named by its digest, which others can only remove; `0` asks each time",
            default: "1m",
            .plimsoll
        ),
        ConfigurationKey("storage.maintenance", .section, "what is done to the content as a whole").template(""),
        ConfigurationKey("storage.maintenance.readonly", .section, "the read-only mode").template(""),
        ConfigurationKey(
            "storage.maintenance.readonly.enabled",
            .truth,
            "refuses whatever would change the content; `plimsoll ctl read-only` does so at once",
            default: "false"
        ).template("false"),
        ConfigurationKey("storage.maintenance.uploadpurging", .section, "the removal of abandoned uploads"),
        ConfigurationKey(
            "storage.maintenance.uploadpurging.enabled",
            .truth,
            "removes them from time to time",
            default: "true"
        ),
        ConfigurationKey(
            "storage.maintenance.uploadpurging.age",
            .duration(zero: false),
            "the age at which an upload counts as abandoned",
            default: "168h"
        ),
        ConfigurationKey(
            "storage.maintenance.uploadpurging.interval",
            .duration(zero: false),
            "the time between two rounds",
            default: "24h"
        ),
        ConfigurationKey(
            "storage.maintenance.uploadpurging.dryrun",
            .truth,
            "only tells what a round would remove",
            default: "false"
        ),
        ConfigurationKey(
            "storage.maintenance.retention",
            .section,
            "which tags stay; see docs/retention.md",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.enabled",
            .truth,
            "removes the others from time to time",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.interval",
            .duration(zero: false),
            "the time between two rounds",
            default: "24h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.dryrun",
            .truth,
            "only tells what a round would remove",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules",
            .sections,
            "the first rule that fits a repository and a tag decides; a tag that none fits stays",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].repositories",
            .list(of: .text),
            "patterns of repositories",
            example: "['team/**']",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].tags",
            .list(of: .text),
            "patterns of the tags that it is about",
            default: "['*']",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].keep",
            .section,
            "what a tag stays for: anything of it that holds",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].keep.latest",
            .number(from: 0),
            "so many of the tags of a repository that it is about, those set last",
            example: "10",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].keep.pushedwithin",
            .duration(zero: false),
            "tags that were set in this time",
            example: "720h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].keep.pulledwithin",
            .duration(zero: false),
            "tags that were pulled in this time, by name or digest, by GET or HEAD",
            example: "2160h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.retention.rules[].keep.tags",
            .list(of: .text),
            "patterns of tags",
            example: "['v*', latest]",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection",
            .section,
            "the collection of what nothing needs ([Garbage collection](garbage-collection.md))",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.enabled",
            .truth,
            "collects from time to time, while the registry serves",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.interval",
            .duration(zero: false),
            "the time between two collections",
            default: "24h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.at",
            .form("time of day", pattern: "^(([01][0-9]|2[0-3]):[0-5][0-9])?$"),
            "collects once a day at this time in UTC, in place of intervals",
            example: "03:30",
            defaultWords: "none",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.olderthan",
            .duration(zero: true),
            "how long ago content must have come or been linked for it to go, so that pushes under way keep theirs",
            default: "24h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.deleteuntagged",
            .truth,
            "takes out manifests without a tag, but for those that tagged ones need",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.keepreferrers",
            .truth,
            "keeps a manifest without a tag, such as a signature, as long as its subject",
            default: "true",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.removeempty",
            .truth,
            "takes repositories without manifests out of the catalogue; distribution keeps them",
            default: "true",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.trash",
            .duration(zero: true),
            "how long what was taken out can be taken back, and uses space; 0 deletes it at once",
            default: "24h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.garbagecollection.iobudget",
            .number(from: 0),
            "files that may be moved or deleted a second; 0 for no bound",
            default: "1000",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.scrub",
            .section,
            "the comparison of all content with its digests",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.scrub.enabled",
            .truth,
            "compares from time to time, and takes out what is damaged",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.scrub.interval",
            .duration(zero: false),
            "the time from the end of a round to the next",
            default: "720h",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.maintenance.scrub.iobudget",
            .size,
            "bytes that may be read a second; 0 for no bound",
            default: "16MiB",
            .plimsoll
        ),
        ConfigurationKey("storage.tag", .section, "the tags of a repository", .version3),
        ConfigurationKey(
            "storage.tag.concurrencylimit",
            .number(from: 0),
            "taken, and without effect: calls to the storage are bounded by `maxthreads`, those for tags too",
            example: "8",
            defaultWords: "none",
            .version3
        ),
        ConfigurationKey(
            "storage.reserve",
            .form("share or size", pattern: "^([0-9.]+([eE][+-]?[0-9]+)?%|[0-9]+([KMGT]iB)?)$"),
            "the space on the disk that pushes must leave free: a share such as `1%`, a size, or `0` for none",
            default: "1%",
            .plimsoll
        ).template("1%"),
        ConfigurationKey(
            "storage.low",
            .form("share or size", pattern: "^([0-9.]+([eE][+-]?[0-9]+)?%|[0-9]+([KMGT]iB)?)$"),
            "the space, and for a share the inodes too, below which the log tells that the disk is filling up; `0` for none",
            default: "5%",
            .plimsoll
        ).template("5%"),
    ]
}
