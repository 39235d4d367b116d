//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SectionReader {
    /// Reads a section that asks for something by being there.
    ///
    /// - Returns: nil where it is missing or empty.
    func choice<Settings>(_ key: String, _ read: (SectionReader) -> Settings?) -> Settings? {
        guard let entry = entry(key), !entry.node.isEmpty else {
            record.silently { _ = section(key, read) }
            return nil
        }
        return section(key, read)
    }

    /// Reads a section that is asked for by its key alone, and may lack nothing then.
    ///
    /// - Returns: nil where it is missing; its keys are known all the same.
    @discardableResult
    func ifGiven<Settings>(_ key: String, _ read: (SectionReader) -> Settings) -> Settings? {
        guard keys.contains(key) else {
            record.silently { _ = section(key, read) }
            return nil
        }
        return section(key, read)
    }

    /// Reads each section of the list under `key`, then reports every key in them that `read` did not ask for.
    func sections<Settings>(_ key: String, _ read: (SectionReader) -> Settings?) -> [Settings] {
        let pattern = pattern(of: key) + "[]"
        // Which keys are known must not depend on how many items there are.
        record.silently {
            _ = read(SectionReader(path: pattern, pattern: pattern, entry: nil, record: record))
        }
        return items(key, "must be a list of sections").enumerated().compactMap { place, node in
            let entry = ConfigurationNode.Entry(key: "\(place)", keyOrigin: node.origin, node: node)
            let path = "\(path(of: key)).\(place)"
            let section = SectionReader(path: path, pattern: pattern, entry: entry, record: record)
            let settings = read(section)
            section.reportUnreadEntries()
            return settings
        }
    }

    /// Reads the list of single values under `key`, without those that are wrong.
    func values<Value>(
        _ key: String,
        _ parse: (ConfigurationNode.Scalar) throws(InvalidValue) -> Value
    ) -> [Value] {
        items(key, "must be a list").enumerated().compactMap { place, node in
            value(of: node, at: "\(key).\(place)", default: Value?.none) { scalar throws(InvalidValue) in
                try parse(scalar)
            }
        }
    }

    private func items(_ key: String, _ message: String) -> [ConfigurationNode] {
        guard let node = entry(key)?.node, node.value != .null else { return [] }
        guard case .list(let items) = node.value else {
            report(message, at: key, origin: node.origin)
            return []
        }
        return items
    }
}
