//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Sizes of file systems")
struct FileSystemSizeTests {
    @Test(
        "A file system without an end is as large as can be told",
        arguments: [
            (10, 4096, 40_960), (0, 4096, 0), (.max, 4096, 1 << 60), (.max, 1, 1 << 60), (1 << 62, 4, 1 << 60),
        ] as [(UInt, UInt, Int64)]
    )
    func bytes(count: UInt, unit: UInt, bytes: Int64) {
        #expect(FileSystemSize.bytes(count, of: unit) == bytes)
    }
}
