//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Lets one task of this process at a time do something about a name, in the order in which they came.
///
/// Nothing is kept of a name that nobody holds.
final class NameLocks<Name: Hashable & Sendable>: Sendable {
    /// Who waits, by the names that are held.
    private let held = Mutex<[Name: [CheckedContinuation<Void, Never>]]>([:])

    /// Waits until nobody else holds the name, and holds it; `unlock` must follow.
    func lock(_ name: Name) async {
        await withCheckedContinuation { continuation in
            let isFree = held.withLock { held in
                guard held[name] != nil else {
                    held[name] = []
                    return true
                }
                held[name]?.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// Hands the name on to who waits for it longest.
    func unlock(_ name: Name) {
        let next: CheckedContinuation<Void, Never>? = held.withLock { held in
            guard held[name]?.isEmpty == false else {
                held[name] = nil
                return nil
            }
            return held[name]?.removeFirst()
        }
        next?.resume()
    }
}
