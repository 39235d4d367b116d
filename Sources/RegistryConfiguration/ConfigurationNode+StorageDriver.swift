//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationNode {
    /// Turns `storage: inmemory` into `storage: {inmemory: }`, so that the short and the long form read the same.
    mutating func expandStorageDriver() {
        guard case .map(var entries) = value,
            let index = entries.firstIndex(where: { $0.key == "storage" }),
            case .scalar(let driver) = entries[index].node.value, !driver.text.isEmpty
        else { return }
        let origin = entries[index].node.origin
        entries[index].node.value = .map([.storageDriver(named: driver.text, origin: origin)])
        value = .map(entries)
    }

    /// Makes `name` the only storage driver.
    ///
    /// Its parameters and the keys beside the driver stay.
    mutating func selectStorageDriver(_ name: String, origin: Origin) throws(InvalidValue) {
        guard !StorageSettings.keysBesideDriver.contains(name) else {
            throw StorageDriverSettings.unknown(name)
        }
        guard case .map(var entries) = value else { return }
        let index = entries.firstIndex { $0.key == "storage" } ?? entries.endIndex
        if index == entries.endIndex {
            let empty = ConfigurationNode(value: .map([]), origin: origin)
            entries.append(Entry(key: "storage", keyOrigin: origin, node: empty))
        }
        var kept: [Entry] = []
        if case .map(let present) = entries[index].node.value {
            kept = present.filter { $0.key == name || StorageSettings.keysBesideDriver.contains($0.key) }
        }
        if !kept.contains(where: { $0.key == name }) {
            kept.append(.storageDriver(named: name, origin: origin))
        }
        entries[index].node.value = .map(kept)
        value = .map(entries)
    }
}

extension ConfigurationNode.Entry {
    fileprivate static func storageDriver(named name: String, origin: ConfigurationNode.Origin) -> Self {
        Self(key: name, keyOrigin: origin, node: ConfigurationNode(value: .null, origin: origin))
    }
}
