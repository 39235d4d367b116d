//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage

/// Which changes are under way, so that whoever compares the ledger with the storage leaves alone what changes meanwhile.
///
/// Who has begun to watch a part of the storage hears of every item there that a change has touched since, or touches
/// already. All else in that part is as it was read.
struct OpenChanges {
    /// A part of the storage that is compared at once.
    enum Part: Hashable {
        case repository(RepositoryName)
        /// Content whose digest begins with a byte.
        case shard(DigestAlgorithm, UInt8)
    }

    private struct Watch {
        let part: Part
        var touched: Set<StorageItem>
    }

    private(set) var open: [Int64: [StorageItem]] = [:]
    private var watches: [Int: Watch] = [:]
    private var nextChange: Int64
    private var nextWatch = 0

    /// - Parameter time: microseconds since 1970, from which ids are counted, so that they are others than those of
    ///   earlier runs.
    init(startingAt time: Int64) { self.nextChange = time }

    /// - Returns: an id for the change.
    mutating func begin(_ items: [StorageItem]) -> Int64 {
        defer { nextChange += 1 }
        open[nextChange] = items
        for key in watches.keys {
            for item in items where item.part == watches[key]?.part { watches[key]?.touched.insert(item) }
        }
        return nextChange
    }

    mutating func end(_ id: Int64) { open[id] = nil }

    mutating func watch(_ part: Part) -> Int {
        defer { nextWatch += 1 }
        let touched = open.values.joined().filter { $0.part == part }
        watches[nextWatch] = Watch(part: part, touched: Set(touched))
        return nextWatch
    }

    /// What must be left alone.
    func touched(_ watch: Int) -> Set<StorageItem> { watches[watch]?.touched ?? [] }

    mutating func unwatch(_ watch: Int) { watches[watch] = nil }
}

extension StorageItem {
    var part: OpenChanges.Part {
        switch self {
        case .blob(let digest): .shard(digest.algorithm, DigestKey.firstByte(of: digest))
        case .layer(let name, _), .manifest(let name, _), .tag(let name, _), .upload(let name, _): .repository(name)
        }
    }
}
