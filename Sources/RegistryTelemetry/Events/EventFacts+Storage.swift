//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension EventFacts {
    static let storageUnhealthy = EventFacts(
        "11c4be009da54a8082ad73609ef0901f",
        .error,
        "the storage does not answer",
        [.cause],
        meaning: "The check of the storage has failed health.storagedriver.threshold times; requests get 503.",
        action: """
            Look at the cause: the disk, its mount, or the permissions of the root directory. Service goes on \
            by itself as soon as the storage answers.
            """
    )

    static let storageHealthy = EventFacts(
        "1724902d04744171b7eae18cead6c912",
        .info,
        "the storage answers again",
        meaning: "The check of the storage succeeds again, and requests are served.",
        action: "Nothing."
    )

    static let healthCheckFailing = EventFacts(
        "fb6ffc65ca4d4e468871456cbc151879",
        .error,
        "a health check fails",
        [.check, .cause],
        metric: "registry_health_checks_failing",
        meaning:
            "A check of health.file, health.http or health.tcp has failed threshold times; requests get 503.",
        action: "Look at what the check names. Service goes on by itself as soon as the check succeeds."
    )

    static let healthCheckRecovered = EventFacts(
        "ae25016092ee4f379069c6f2d61f180b",
        .info,
        "a health check succeeds again",
        [.check],
        meaning: "The check that failed succeeds again; requests are served unless another one fails.",
        action: "Nothing."
    )

    static let storageFull = EventFacts(
        "54fba2cb47ae45fcab23388745f506f0",
        .error,
        "a write was refused for want of space",
        [.cause],
        metric: "registry_storage_writes_refused_total",
        meaning: "The disk is full, or has less left than storage.reserve. Pushes get 507; pulls go on.",
        action: "Make room: remove what is not needed any more, or give the storage a larger disk."
    )

    static let linkMalformed = EventFacts(
        "ea4799297eb64facb153b5d5a7e74450",
        .warn,
        "a link is empty or malformed and is treated as absent; pushing again heals it",
        [.path],
        metric: "registry_storage_links_malformed_total",
        meaning: """
            A file that should hold a digest holds none, as a crash of another server may leave it. What it \
            leads to is answered as not found.
            """,
        action: "Push the image again. If there are many such links, check the disk and who else writes to it."
    )

    static let linkHealed = EventFacts(
        "b142d546945642ffb617daafed8507ad",
        .info,
        "a malformed link was replaced by a push",
        [.path],
        metric: "registry_storage_links_healed_total",
        meaning: "A push has repaired a link that was empty or malformed.",
        action: "Nothing."
    )

    static let blobRepaired = EventFacts(
        "3c42a1411e674a8295548264ecb216ed",
        .warn,
        "a blob of the wrong size was replaced by a push",
        [.digest, .size, .previousSize],
        metric: "registry_storage_blobs_repaired_total",
        meaning:
            "The content stored under a digest had another size than what was pushed and verified under it.",
        action: "The blob is whole again. Find out what damaged it: a crash of another server, or the disk."
    )

    static let blobDamaged = EventFacts(
        "df317085fa4e4c68928a222011d8d594",
        .error,
        "stored content is not what its digest says",
        [.digest, .repository, .cause],
        metric: "registry_storage_blobs_damaged_total",
        meaning: """
            A read found a file that is empty, has another size than when it was pushed, or ends early, or a \
            manifest whose content has another digest. The client gets 404, or is cut off where the answer had \
            begun. Blobs are not hashed when they are read: one with other bytes of the same length is served as \
            it is, clients find out by its digest, and here only plimsoll scrub does.
            """,
        action: """
            Push the image again, or copy the file from a backup: either repairs it. Then find out what \
            damaged it: the kernel's log, and a crash of another server.
            """
    )

    static let cacheFailed = EventFacts(
        "3dbde6d1d0664de3be5f250e6aca109a",
        .warn,
        "the local cache cannot be used; content comes from the object store",
        [.path, .cause],
        metric: "registry_storage_local_cache_failures_total",
        meaning: """
            The folder of storage.cache.local is full, broken, or used by another server. Pulls go on without it, \
            and it is tried again every half minute.
            """,
        action: "Make room on its disk, mend it, or give each server a folder of its own."
    )

    static let cacheRecovered = EventFacts(
        "258a2069ab2141b9aa846bfa3369f159",
        .info,
        "the local cache can be used again",
        [.path],
        meaning: "What went wrong with the folder of storage.cache.local is over.",
        action: "Nothing."
    )

    static let addressRangesFailed = EventFacts(
        "a7198b1602e14df6a41ea882a8f6781b",
        .warn,
        "the list of AWS's addresses could not be had",
        [.address, .cause],
        meaning: """
            The middleware cloudfront sends clients within AWS to the bucket by that list. It goes on with the list \
            that it has; without any, it sends everybody to CloudFront.
            """,
        action: "See whether the address in iprangesurl can be reached from this machine."
    )

    static let diskLow = EventFacts(
        "ebcbbd1679da40039f5c6b2ff1f95ced",
        .warn,
        "the disk of the storage is filling up",
        [.resource, .free, .total],
        meaning: "Less is free than storage.low: bytes, or inodes (files and folders). Nothing is refused yet.",
        action: "Make room: remove what is not needed any more, or give the storage a larger disk."
    )

    static let diskReserveReached = EventFacts(
        "586d46b9ff644dc7abe1d9ebd4d649be",
        .error,
        "the disk of the storage is full down to its reserve",
        [.resource, .free, .total],
        meaning: "Less is free than storage.reserve, or no inode is. Pushes get 507 from now on; pulls go on.",
        action: "Make room at once: remove what is not needed any more, or give the storage a larger disk."
    )

    static let diskRecovered = EventFacts(
        "0a7360105d1f4ca0bff230369b89be12",
        .info,
        "the disk of the storage has room again",
        [.resource, .free, .total],
        meaning: "A tenth more is free than storage.low, after a time with less.",
        action: "Nothing."
    )

    static let uploadsPurged = EventFacts(
        "ee5932c6123541bf849d0c382599c8e7",
        .info,
        "abandoned uploads were removed",
        [.uploads, .size, .inUse],
        metric: "registry_uploads_purged_total",
        meaning: "Uploads that began longer ago than storage.maintenance.uploadpurging.age and were not ended.",
        action: "Nothing. If there are many, look for clients whose pushes break off."
    )

    static let uploadsAbandoned = EventFacts(
        "ed193bdaeea249578bbd47a9a359245c",
        .info,
        "abandoned uploads were found and left, since purging only tells",
        [.uploads, .size, .inUse],
        meaning: "What a round would have removed, were storage.maintenance.uploadpurging.dryrun not set.",
        action: "Remove dryrun to have them removed; plimsoll purge-uploads --dry-run lists them."
    )

    static let uploadPurgeFailed = EventFacts(
        "64cefb199ebe4a949484382787c4d60c",
        .warn,
        "some abandoned uploads could not be looked at or removed",
        [.failures, .cause],
        meaning: "The storage failed at folders or uploads; all others were dealt with.",
        action: "Look at the cause, most often permissions. The next round tries again."
    )

    static let tagExpired = EventFacts(
        "e7c429ca3f6144509c6fbb72695708d7",
        .info,
        "a tag was removed by policy",
        [.repository, .tag, .digest, .reason],
        metric: "registry_retention_tags_total",
        meaning: "No keep of storage.maintenance.retention held for it; reason says where the rule is.",
        action: "Nothing. What it led to is there until it is collected, and can be tagged again until then."
    )

    static let retentionFailed = EventFacts(
        "9b571334a31d4a05af61b35474c89726",
        .warn,
        "tags could not be removed by policy",
        [.cause],
        meaning: "The ledger could not tell which tags are old, or the storage failed at some of them.",
        action: "Look at the cause; the next round tries again."
    )
}
