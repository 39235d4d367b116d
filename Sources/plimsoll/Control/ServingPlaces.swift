//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Where the server accepts connections, for those who ask for its status.
final class ServingPlaces: Sendable {
    private let state = Mutex<[String]>([])

    /// As clients would write them, in the order in which they came up.
    var addresses: [String] { state.withLock(\.self) }

    func add(_ address: String) { state.withLock { $0.append(address) } }
}
