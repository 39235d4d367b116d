//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// The wall clock of a process that is started with its environment; its steady clocks go on whatever is set.
package struct FakeClock: Sendable {
    private let folder: TemporaryFolder

    /// Builds the library.
    package init() async throws {
        folder = try TemporaryFolder()
        try folder.write([UInt8](repeating: 0, count: 8), to: "offset")
        let source = ProjectFolder.path + "/Tests/FakeClock/clock.c"
        let options = ["-std=c11", "-O2", "-Wall", "-Werror", "-shared", "-fPIC"]
        try await Tool.output("cc", options + ["-o", folder.path + "/clock.so", source, "-ldl"])
    }

    package var environment: [String: String] {
        ["LD_PRELOAD": folder.path + "/clock.so", "CLOCK_OFFSET": folder.path + "/offset"]
    }

    /// Sets it.
    /// - Parameter seconds: from the real time, forwards; less than 0 for back.
    package func set(_ seconds: Int64) throws {
        // In place: the process sees the file's own pages.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/offset"))
        try file.write(contentsOf: withUnsafeBytes(of: seconds) { Data($0) })
        try file.close()
    }
}
