//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// Counts the allocations of a process that is started with its environment.
package struct AllocationCounter: Sendable {
    private let folder: TemporaryFolder

    /// Builds the library.
    package init() async throws {
        folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0, count: 8), to: "count")
        let source = ProjectFolder.path + "/Tests/AllocationCounter/counter.c"
        let options = ["-std=c11", "-O2", "-Wall", "-Werror", "-fno-builtin", "-shared", "-fPIC"]
        try await Tool.output("cc", options + ["-o", folder.path + "/counter.so", source])
    }

    package var environment: [String: String] {
        ["LD_PRELOAD": folder.path + "/counter.so", "ALLOCATION_COUNT": folder.path + "/count"]
    }

    /// Calls that allocate, since the start of the process.
    package var count: Int {
        get throws {
            let bytes = try Data(contentsOf: URL(fileURLWithPath: folder.path + "/count"))
            return bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        }
    }
}
