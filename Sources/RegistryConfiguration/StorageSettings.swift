//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Where content is kept, and what may be done to it.
package struct StorageSettings: Sendable, Equatable {
    /// The one driver that keeps the content.
    package var driver: StorageDriverSettings
    /// Whether clients may delete manifests and blobs.
    package var deleteEnabled: Bool
    /// Whether blobs are always sent by the registry itself, even where the driver could name another place.
    package var redirectDisabled: Bool
    /// Where the facts about blobs are kept at hand.
    package var descriptorCache: DescriptorCache
    /// What is kept at hand of an object store.
    package var readCache: ReadCacheSettings
    /// Whether whatever would change the content is refused.
    package var readOnly: Bool
    /// The space on the disk that pushes must leave free.
    package var reserve: SpaceReserve
    /// The space, and where it is a share the inodes too, below which the log tells that the disk is filling up.
    package var low: SpaceReserve
    /// How many tags are looked up at a time where all of a repository are needed; nil or 0 leaves it to the registry.
    package var tagConcurrencyLimit: Int?
    /// The removal of abandoned uploads.
    package var uploadPurging: UploadPurgingSettings
    /// Which tags stay.
    package var retention: RetentionSettings
    /// The collection of garbage.
    package var garbageCollection: GarbageCollectionSettings
    /// The comparison of content with its digests.
    package var scrub: ScrubSettings

    /// Creates settings; what is left out has its default.
    package init(
        driver: StorageDriverSettings,
        deleteEnabled: Bool = false,
        redirectDisabled: Bool = false,
        descriptorCache: DescriptorCache = .none,
        readCache: ReadCacheSettings = ReadCacheSettings(),
        readOnly: Bool = false,
        reserve: SpaceReserve = .percent(1),
        low: SpaceReserve = .percent(5),
        tagConcurrencyLimit: Int? = nil,
        uploadPurging: UploadPurgingSettings = UploadPurgingSettings(),
        retention: RetentionSettings = RetentionSettings(),
        garbageCollection: GarbageCollectionSettings = GarbageCollectionSettings(),
        scrub: ScrubSettings = ScrubSettings()
    ) {
        self.driver = driver
        self.deleteEnabled = deleteEnabled
        self.redirectDisabled = redirectDisabled
        self.descriptorCache = descriptorCache
        self.readCache = readCache
        self.readOnly = readOnly
        self.reserve = reserve
        self.low = low
        self.tagConcurrencyLimit = tagConcurrencyLimit
        self.uploadPurging = uploadPurging
        self.retention = retention
        self.garbageCollection = garbageCollection
        self.scrub = scrub
    }
}

extension StorageSettings {
    /// The keys of `storage` that name no driver.
    static let keysBesideDriver = ["delete", "redirect", "cache", "maintenance", "tag", "reserve", "low"]

    /// Reads the section `storage`.
    ///
    /// The driver comes last, because any key that is left could be meant as one.
    init(reading storage: SectionReader) {
        let deleteEnabled = storage.section("delete") { $0.boolean("enabled", default: false) }
        let redirectDisabled = storage.section("redirect") { $0.boolean("disable", default: false) }
        let refusal = Self.refusal(ofLocalCacheIn: storage, redirectDisabled: redirectDisabled)
        let (cache, readCache) = storage.section("cache") { cache in
            (DescriptorCache(reading: cache), ReadCacheSettings(reading: cache, refusal: refusal))
        }
        let (readOnly, purging, retention, collection, scrub) = storage.section("maintenance") { maintenance in
            (
                maintenance.section("readonly") { $0.boolean("enabled", default: false) },
                maintenance.section("uploadpurging", UploadPurgingSettings.init(reading:)),
                maintenance.section("retention", RetentionSettings.init(reading:)),
                maintenance.section("garbagecollection", GarbageCollectionSettings.init(reading:)),
                maintenance.section("scrub", ScrubSettings.init(reading:))
            )
        }
        let reserve = storage.value("reserve", default: .percent(1), SpaceReserve.parse)
        let low = storage.value("low", default: .percent(5), SpaceReserve.parse)
        let tagConcurrencyLimit: Int? = storage.section("tag") { tag in
            tag.value("concurrencylimit", default: nil) { scalar throws(InvalidValue) in
                try scalar.integer(atLeast: 0)
            }
        }
        self.init(
            driver: StorageDriverSettings(reading: storage),
            deleteEnabled: deleteEnabled,
            redirectDisabled: redirectDisabled,
            descriptorCache: cache,
            readCache: readCache,
            readOnly: readOnly,
            reserve: reserve,
            low: low,
            tagConcurrencyLimit: tagConcurrencyLimit,
            uploadPurging: purging,
            retention: retention,
            garbageCollection: collection,
            scrub: scrub
        )
    }

    /// Why a local cache of an object store's content would never be used.
    private static func refusal(ofLocalCacheIn storage: SectionReader, redirectDisabled: Bool) -> String? {
        // What is on this machine already is not cached.
        let isLocal = storage.keys.contains("filesystem") || storage.keys.contains("inmemory")
        return isLocal || redirectDisabled
            ? nil : "has no use as long as clients are sent to the store; set storage.redirect.disable: true"
    }
}
