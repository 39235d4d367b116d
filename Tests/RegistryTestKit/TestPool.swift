//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryStorage

extension IOPool {
    /// Threads for all tests of a process that read and write files.
    package static let forTests = IOPool(size: 8)
}
