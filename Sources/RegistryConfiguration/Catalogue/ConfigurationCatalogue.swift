//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Every key of `config.yml`, told once: what explains, checks and documents the configuration is made from this.
package enum ConfigurationCatalogue {
    /// In the order of the template: a section before what is inside of it.
    package static let keys: [ConfigurationKey] = marked(
        document + log + storage + s3 + azure + gcs + swift + oss + auth + http + tls + health + limits + lists
            + validation
            + middleware
            + tracing + ledger + reports
            + notifications + redis + proxy + retired
    )

    private static let byPath = [String: ConfigurationKey](keys.map { ($0.path, $0) }) { first, _ in first }

    /// The key by its path in the catalogue's form.
    package static func key(_ path: String) -> ConfigurationKey? { byPath[path] }

    /// The key that somebody means who writes it as it stands in a file or in a variable.
    ///
    /// Places in lists may be numbers, and the name of a variable does as well: `health.file.0.file`,
    /// `REGISTRY_HTTP_ADDR`.
    package static func find(_ name: String) -> ConfigurationKey? {
        let wanted = segments(name)
        if let key = keys.first(where: { matches($0, wanted) }) { return key }
        // What is inside of a map of free keys, or of a list of values.
        for count in stride(from: wanted.count - 1, to: 0, by: -1) {
            if let key = keys.first(where: { matches($0, Array(wanted.prefix(count))) }) {
                switch key.kind {
                case .map, .list: return key
                default: return nil
                }
            }
        }
        return nil
    }

    /// The nearest keys to a name that is none.
    package static func suggestions(for name: String) -> [String] {
        let wanted = segments(name).joined(separator: ".")
        if let near = Suggestion.nearest(to: wanted, among: keys.map(\.path)) { return [near] }
        guard let last = segments(name).last else { return [] }
        return keys.map(\.path).filter { $0.split(separator: ".").last.map(String.init) == last }
    }

    /// Why a key or what it stands in is refused.
    package static func refusal(of key: ConfigurationKey) -> String? {
        if let refusal = key.refusal { return refusal }
        var path = key.path[...]
        while let dot = path.lastIndex(of: ".") {
            path = path[..<dot]
            if path.hasSuffix("[]"), let refusal = byPath[String(path.dropLast(2))]?.refusal { return refusal }
            if let refusal = byPath[String(path)]?.refusal { return refusal }
        }
        return nil
    }

    private static func segments(_ name: String) -> [String] {
        let text = name.lowercased()
        if text.hasPrefix("registry_") {
            return text.dropFirst("registry_".count).split(separator: "_").map(String.init)
        }
        return text.replacing("[]", with: ".0").replacing("[", with: ".").replacing("]", with: "")
            .split(separator: ".").map(String.init)
    }

    private static func matches(_ key: ConfigurationKey, _ wanted: [String]) -> Bool {
        let path = key.path.replacing("[]", with: ".[]").split(separator: ".")
        guard path.count == wanted.count else { return false }
        return zip(path, wanted).allSatisfy { own, given in
            switch own {
            case "[]": Int(given) != nil
            case "*": true
            default: own == given
            }
        }
    }
}

extension ConfigurationCatalogue {
    static let document: [ConfigurationKey] = [
        ConfigurationKey(
            "version",
            .word(["0.1"]),
            "the format of the file; 0.1 is the only one",
            example: "0.1"
        ).required().template("0.1"),
        ConfigurationKey(
            "loglevel",
            .level,
            "old name of `log.level`, which wins where both are given",
            example: "info"
        ).replaced(by: "log.level"),
    ]

    static let lists: [ConfigurationKey] = [
        ConfigurationKey("catalog", .section, "the list of repositories"),
        ConfigurationKey(
            "catalog.maxentries",
            .number(from: 0),
            "names that one answer holds at most; `0` is the default",
            default: "1000"
        ).zeroIsDefault(),
        ConfigurationKey("tags", .section, "the lists of tags", .version3),
        ConfigurationKey(
            "tags.maxtags",
            .number(from: 0),
            "tags that one answer holds at most; `0` is the default",
            default: "1000",
            .version3
        ).zeroIsDefault(),
    ]
}
