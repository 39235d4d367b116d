//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The collection of garbage.
package struct GarbageCollectionSettings: Sendable, Equatable {
    /// Whether the server does it by itself; how holds for when somebody asks for it, too.
    package var enabled = false
    /// The time between two; above 0.
    package var interval = Duration.seconds(24 * 3600)
    /// Minutes after midnight in UTC at which it is done once a day, in place of intervals.
    package var minuteOfDay: Int?
    /// How long ago content must have come or been linked for it to go.
    package var olderThan = Duration.seconds(24 * 3600)
    /// Whether manifests without a tag go.
    package var deleteUntagged = false
    /// Whether a manifest without a tag stays as long as its subject.
    package var keepReferrers = true
    /// Whether repositories without manifests leave the catalogue.
    package var removeEmpty = true
    /// How long what was taken out can be taken back; 0 deletes it at once.
    package var trash = Duration.seconds(24 * 3600)
    /// Files that may be moved or deleted a second; 0 for no bound.
    package var ioBudget = 1000

    /// Creates settings with their defaults.
    package init() {}
}

extension GarbageCollectionSettings {
    /// Reads the section `storage.maintenance.garbagecollection`.
    init(reading section: SectionReader) {
        self.init()
        enabled = section.boolean("enabled", default: enabled)
        interval = section.duration("interval", default: interval, zero: false)
        minuteOfDay = section.value("at", default: nil) { scalar throws(InvalidValue) in
            scalar.text.isEmpty ? nil : try Self.minuteOfDay(scalar.text)
        }
        olderThan = section.duration("olderthan", default: olderThan)
        deleteUntagged = section.boolean("deleteuntagged", default: deleteUntagged)
        keepReferrers = section.boolean("keepreferrers", default: keepReferrers)
        removeEmpty = section.boolean("removeempty", default: removeEmpty)
        trash = section.duration("trash", default: trash)
        ioBudget = section.integer("iobudget", default: ioBudget)
    }

    private static func minuteOfDay(_ text: String) throws(InvalidValue) -> Int {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 }), let hour = Int(parts[0]),
            let minute = Int(parts[1]), (0..<24).contains(hour), (0..<60).contains(minute)
        else { throw InvalidValue("a time of day such as 03:30") }
        return hour * 60 + minute
    }
}

/// The comparison of all content with the digests that are its names.
package struct ScrubSettings: Sendable, Equatable {
    /// Whether the server does it by itself.
    package var enabled = false
    /// The time from the end of a round to the next; above 0.
    package var interval = Duration.seconds(30 * 24 * 3600)
    /// Bytes a second that may be read; 0 for no bound.
    package var ioBudget: Int64 = 16 << 20

    /// Creates settings with their defaults.
    package init() {}
}

extension ScrubSettings {
    /// Reads the section `storage.maintenance.scrub`.
    init(reading section: SectionReader) {
        self.init()
        enabled = section.boolean("enabled", default: enabled)
        interval = section.duration("interval", default: interval, zero: false)
        ioBudget = section.value("iobudget", default: ioBudget) { scalar throws(InvalidValue) in try scalar.bytes() }
    }
}
