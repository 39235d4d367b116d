//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Which tags stay, and when the others are removed.
package struct RetentionSettings: Sendable, Equatable {
    /// Whether it is done by itself.
    package var enabled: Bool
    /// The time between two rounds; above 0.
    package var interval: Duration
    /// Whether a round only tells what it would remove.
    package var dryRun: Bool
    /// In order: the first rule that fits a tag decides, and without one it stays.
    package var rules: [Rule]

    /// One rule: a tag that it is about stays if anything here holds for it.
    package struct Rule: Sendable, Equatable {
        /// Where it stands.
        package var origin: ConfigurationProblem.Origin
        /// Patterns of names of repositories; at least one.
        package var repositories: [String]
        /// Patterns of tags; at least one.
        package var tags: [String]
        package var keepLatest: Int?
        package var keepPushedWithin: Duration?
        package var keepPulledWithin: Duration?
        /// Patterns of tags that stay.
        package var keepTags: [String]
    }

    /// Creates settings; what is left out has its default.
    package init(
        enabled: Bool = false,
        interval: Duration = .seconds(24 * 3600),
        dryRun: Bool = false,
        rules: [Rule] = []
    ) {
        self.enabled = enabled
        self.interval = interval
        self.dryRun = dryRun
        self.rules = rules
    }

    /// Reads rules from a file of their own, as they stand in `storage.maintenance.retention`.
    /// - Parameter file: the name for messages; nothing is read from it.
    /// - Throws: a failure with every problem there is.
    package static func load(yaml: String, file: String) throws(ConfigurationFailure) -> RetentionSettings {
        let record = ReadingRecord()
        let document = SectionReader(document: try RegistryConfiguration.node(from: yaml, file: file), record: record)
        let settings = RetentionSettings(reading: document)
        document.reportUnreadEntries()
        if settings.rules.isEmpty, record.problems.isEmpty { document.report("has no rules") }
        guard record.problems.isEmpty else { throw ConfigurationFailure(file: file, problems: record.problems) }
        return settings
    }
}

extension RetentionSettings {
    /// Reads the section `storage.maintenance.retention`, or a file of its own.
    init(reading retention: SectionReader) {
        self.init()
        enabled = retention.boolean("enabled", default: enabled)
        interval = retention.duration("interval", default: interval, zero: false)
        dryRun = retention.boolean("dryrun", default: dryRun)
        rules = retention.sections("rules", Rule.init(reading:))
        if enabled, rules.isEmpty { retention.report("needs rules") }
    }
}

extension RetentionSettings.Rule {
    fileprivate init(reading rule: SectionReader) {
        origin = rule.origin
        repositories = rule.patterns("repositories", example: "team/**")
        tags = rule.patterns("tags", example: "*", default: ["*"])
        (keepLatest, keepPushedWithin, keepPulledWithin, keepTags) = rule.section("keep") { keep in
            (
                keep.value("latest", default: nil) { scalar throws(InvalidValue) in try scalar.integer(atLeast: 0) },
                keep.optionalDuration("pushedwithin"),
                keep.optionalDuration("pulledwithin"),
                keep.patterns("tags", example: "v*", isOptional: true)
            )
        }
        // What removes all tags must be meant.
        if keepLatest == nil, keepPushedWithin == nil, keepPulledWithin == nil, keepTags.isEmpty {
            rule.report("needs something to keep: latest, pushedwithin, pulledwithin or tags; latest: 0 keeps nothing")
        }
    }
}

extension SectionReader {
    fileprivate func optionalDuration(_ key: String) -> Duration? {
        value(key, default: nil) { scalar throws(InvalidValue) in
            let duration = try scalar.duration()
            guard duration > .zero else { throw InvalidValue("must be longer than 0") }
            return duration
        }
    }
}
