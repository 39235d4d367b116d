//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension SectionReader {
    /// Reads a list of sections under `key`.
    ///
    /// Their keys are known even when there is no such list, as those of `key.0`.
    func sections<Settings>(_ key: String, _ read: (SectionReader) -> Settings) -> [Settings] {
        guard let node = entry(key)?.node, node.value != .null else {
            noteItem(of: key, read)
            return []
        }
        guard case .list(let items) = node.value else {
            report("must be a list", at: key, origin: node.origin)
            return []
        }
        return items.enumerated().map { index, item in
            let section = self.item(index, of: key, item)
            let settings = read(section)
            section.reportUnreadEntries()
            return settings
        }
    }

    /// Reads a section that has keys one must give, if it is there; its keys are known all the same.
    @discardableResult
    func ifGiven<Settings>(_ key: String, _ read: (SectionReader) -> Settings) -> Settings? {
        guard keys.contains(key) else {
            noteKeys(of: key, read)
            return nil
        }
        return section(key, read)
    }
}
