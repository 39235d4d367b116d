//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Reports that are made from the ledger: section `reports`.
package struct ReportsSettings: Sendable, Equatable {
    /// Exports that are made by the clock, each with a name of its own.
    package var schedule: [Export]

    /// Creates settings; what is left out has its default.
    package init(schedule: [Export] = []) { self.schedule = schedule }

    /// One that is made again and again.
    package struct Export: Sendable, Equatable {
        package var name: String
        package var timing: Timing
        package var formats: [Format]
        package var target: Target
        /// Exports that stay; above 0.
        package var keep: Int

        /// Creates settings; what is left out has its default.
        package init(
            name: String,
            timing: Timing = .every(.seconds(86_400)),
            formats: [Format] = Format.allCases,
            target: Target,
            keep: Int = 30
        ) {
            self.name = name
            self.timing = timing
            self.formats = formats
            self.target = target
            self.keep = keep
        }
    }

    package enum Timing: Sendable, Equatable {
        /// A minute or more, in whole seconds.
        case every(Duration)
        /// After midnight in UTC.
        case at(Duration)
    }

    package enum Format: String, Sendable, CaseIterable {
        case csv, jsonl
    }

    package enum Target: Sendable, Equatable {
        case directory(String)
        case repository(RepositoryName)
    }
}

extension ReportsSettings {
    /// Reads the section `reports`.
    init(reading reports: SectionReader) {
        self.init()
        var names: Set<String> = []
        schedule = reports.sections("schedule") { section in
            guard let export = Export(reading: section) else { return nil }
            guard names.insert(export.name).inserted else {
                section.report("is the name of another entry", at: "name", origin: section.origin)
                return nil
            }
            return export
        }
    }
}

extension ReportsSettings.Export {
    /// - Returns: nil where it lacks something.
    fileprivate init?(reading export: SectionReader) {
        let name = export.required("name", default: "", message: "is required") { scalar throws(InvalidValue) in
            guard scalar.text.utf8.count <= 64, scalar.text.wholeMatch(of: #/[a-z0-9]+([._-][a-z0-9]+)*/#) != nil else {
                throw InvalidValue("must be of lower-case letters, digits, and single . _ - between them, at most 64")
            }
            return scalar.text
        }
        let every = export.value("every", default: Duration?.none) { scalar throws(InvalidValue) in
            let duration = try scalar.duration()
            guard duration >= .seconds(60), duration.components.attoseconds == 0 else {
                throw InvalidValue("must be a minute or more, in whole seconds")
            }
            return duration
        }
        let time = export.value("at", default: Duration?.none) { scalar throws(InvalidValue) in
            guard let match = scalar.text.wholeMatch(of: #/([01][0-9]|2[0-3]):([0-5][0-9])/#),
                let hour = Int(match.1), let minute = Int(match.2)
            else { throw InvalidValue("must be a time of day as in 02:00, in UTC") }
            return .seconds(hour * 3600 + minute * 60)
        }
        if every != nil, time != nil {
            export.report("cannot be given together with every", at: "at", origin: export.origin)
        }
        let formats = export.values("formats") { scalar throws(InvalidValue) in
            guard let format = ReportsSettings.Format(rawValue: scalar.text) else {
                throw InvalidValue("must be csv or jsonl")
            }
            return format
        }
        let directory = export.value("directory", default: String?.none) { $0.text.isEmpty ? nil : $0.text }
        let repository = export.value("repository", default: RepositoryName?.none) { scalar throws(InvalidValue) in
            guard !scalar.text.isEmpty else { return nil }
            guard let name = try? RepositoryName(scalar.text) else { throw InvalidValue("is not a repository's name") }
            return name
        }
        let keep = export.integer("keep", default: 30, atLeast: 1)
        let target: ReportsSettings.Target
        switch (directory, repository) {
        case (let path?, nil): target = .directory(path)
        case (nil, let name?): target = .repository(name)
        case (nil, nil), (_?, _?):
            export.report("needs either a directory or a repository")
            return nil
        }
        guard !name.isEmpty else { return nil }
        self.init(
            name: name,
            timing: time.map { .at($0) } ?? .every(every ?? .seconds(86_400)),
            formats: ReportsSettings.Format.allCases.filter { formats.isEmpty || formats.contains($0) },
            target: target,
            keep: keep
        )
    }
}
