//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Reads one map of the configuration tree, key by key.
///
/// A key that was never asked for is unknown: nobody has to keep a list. A section is read even when it is missing, so
/// that the record of known keys doesn't depend on the file at hand.
final class SectionReader {
    typealias Origin = ConfigurationProblem.Origin

    /// The section's key in dotted form; empty for the whole document.
    let path: String
    /// The same in the catalogue's form: `[]` for a place in a list.
    let pattern: String
    /// Where the section's key stands; `.whole` when it is missing, and for the whole document.
    let origin: Origin
    let record: ReadingRecord
    private let entries: [ConfigurationNode.Entry]
    private var askedKeys: [String] = []

    /// Creates a reader for the whole document.
    init(document: ConfigurationNode?, record: ReadingRecord) {
        path = ""
        pattern = ""
        origin = .whole
        entries = document?.entries ?? []
        self.record = record
    }

    /// Creates a reader for what stands below a key, or in one place of a list.
    init(path: String, pattern: String, entry: ConfigurationNode.Entry?, record: ReadingRecord) {
        self.path = path
        self.pattern = pattern
        origin = entry?.keyOrigin ?? .whole
        entries = entry?.node.entries ?? []
        self.record = record
        if let node = entry?.node, node.entries == nil {
            record.add("must be a map of keys", at: path, origin: node.origin)
        }
    }

    /// Whether the section has any key.
    var isEmpty: Bool {
        entries.isEmpty
    }

    /// The keys that are given.
    var keys: [String] {
        entries.map(\.key)
    }

    /// The keys nobody asked for so far.
    var unreadEntries: [ConfigurationNode.Entry] {
        entries.filter { !askedKeys.contains($0.key) }
    }

    /// Reads the section under `key`, then reports every key in it that `read` did not ask for.
    func section<Settings>(_ key: String, _ read: (SectionReader) -> Settings) -> Settings {
        let entry = entry(key)
        let section = SectionReader(path: path(of: key), pattern: pattern(of: key), entry: entry, record: record)
        let settings = read(section)
        section.reportUnreadEntries()
        return settings
    }

    /// The entry under `key`, which has a meaning from now on.
    func entry(_ key: String) -> ConfigurationNode.Entry? {
        if !askedKeys.contains(key) {
            askedKeys.append(key)
            record.noteSupported(pattern(of: key))
        }
        return entries.first { $0.key == key }
    }

    /// The entries of the free-form map under `key`.
    func freeEntries(_ key: String) -> [ConfigurationNode.Entry] {
        guard let node = entry(key)?.node else { return [] }
        if node.entries == nil {
            report("must be a map of keys", at: key, origin: node.origin)
        }
        return node.entries ?? []
    }

    /// Refuses the known keys of what Plimsoll can't do yet, unless they switch it off.
    ///
    /// The catalogue says why, unless there is a message.
    func refuse(_ keys: String..., message: String? = nil) {
        for key in keys {
            askedKeys.append(key)
            record.noteUnsupported(pattern(of: key))
            let message = message ?? ConfigurationCatalogue.key(pattern(of: key))?.refusal ?? "not supported yet"
            guard let entry = entries.first(where: { $0.key == key }) else { continue }
            for origin in entry.origins where !entry.node.isOff {
                report(message, at: key, origin: origin)
            }
        }
    }

    /// Adds a problem with `key` of this section.
    func report(_ message: String, at key: String, origin: Origin) {
        record.add(message, at: path(of: key), origin: origin)
    }

    /// Adds a problem with the section as a whole.
    func report(_ message: String) {
        record.add(message, at: path, origin: origin)
    }

    /// Reports the keys nobody asked for, each with the nearest known key.
    func reportUnreadEntries() {
        for entry in unreadEntries {
            let suggestion = Suggestion.nearest(to: entry.key, among: askedKeys)
            for origin in entry.origins {
                report("unknown key" + hint(suggestion, for: entry.key, origin: origin), at: entry.key, origin: origin)
            }
        }
    }

    /// Reports a key nobody asked for in words of one's own.
    func reportUnread(_ entry: ConfigurationNode.Entry, message: String) {
        askedKeys.append(entry.key)
        for origin in entry.origins {
            report(message, at: entry.key, origin: origin)
        }
    }

    private func hint(_ suggestion: String?, for key: String, origin: Origin) -> String {
        guard let suggestion else { return "" }
        let given = EnvironmentOverlay.variable(for: path(of: key))
        if case .environment(let variable) = origin, variable == given || variable.hasPrefix(given + "_") {
            let meant = EnvironmentOverlay.variable(for: path(of: suggestion))
            return "; did you mean \(meant)\(String(variable.dropFirst(given.count)).printable)?"
        }
        return "; did you mean \(suggestion.quoted)?"
    }

    /// The key in dotted form.
    func path(of key: String) -> String {
        path.isEmpty ? key.printable : "\(path).\(key.printable)"
    }

    /// The key in the catalogue's form.
    func pattern(of key: String) -> String {
        pattern.isEmpty ? key.printable : "\(pattern).\(key.printable)"
    }
}

extension ConfigurationNode.Entry {
    /// The place of the key, and every variable that wrote below it when none of it stands in the file.
    fileprivate var origins: [ConfigurationNode.Origin] {
        guard case .environment = keyOrigin else { return [keyOrigin] }
        return node.variables.reduce(into: [keyOrigin]) { origins, origin in
            if !origins.contains(origin) {
                origins.append(origin)
            }
        }
    }
}
