//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// Something that is true until it is not.
final class Flag: Sendable {
    private let isUp = Atomic(true)

    /// Whether it was up until now.
    func lower() -> Bool { isUp.exchange(false, ordering: .sequentiallyConsistent) }
}
