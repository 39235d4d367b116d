//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Keeps the storage from filling up: writes are refused while there is less room than the reserve.
package struct SpaceGuard: Sendable {
    private let context: StoreContext
    private let reserve: Reserve

    /// Room that is never given to uploads.
    package enum Reserve: Sendable, Equatable {
        case bytes(Int64)
        /// 0 to 100, of the whole storage.
        case percent(Double)

        /// What it comes to, of a whole.
        func amount(of total: Int64) -> Int64 {
            switch self {
            case .bytes(let bytes): bytes
            case .percent(let percent): Int64(Double(total) * percent / 100)
            }
        }
    }

    package init(_ context: StoreContext, reserve: Reserve) {
        self.context = context
        self.reserve = reserve
    }

    /// Checks that a number of bytes could be written with the reserve left over.
    /// - Parameter bytes: what is about to come, 0 if that is not known.
    /// - Throws: `STORAGE_FULL`, status 507.
    package func admit(_ bytes: Int64) async throws(RegistryError) {
        let capacity = try await context.call { () async throws(StorageError) in try await context.driver.capacity() }
        guard let capacity else { return }
        let kept = reserve.amount(of: capacity.total)
        // At the very reserve nothing more is taken; without one, the storage itself says when it is full.
        guard capacity.free - bytes >= kept, capacity.free > kept || kept == 0 else {
            let detail = "\(capacity.free) bytes are free, \(kept) of them in reserve"
            context.noteFull(detail)
            throw RegistryError(.storageFull, detail: detail)
        }
    }
}
