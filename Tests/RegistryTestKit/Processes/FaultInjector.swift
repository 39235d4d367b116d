//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// Has a process's calls on the files of one folder fail, with an error of the test's choice, for as long as it wants.
package struct FaultInjector: Sendable {
    private let folder: TemporaryFolder
    private let target: String

    /// Builds the library.
    /// - Parameter target: the folder whose files cannot be written while there is a fault.
    package init(target: String) async throws {
        self.folder = try TemporaryFolder()
        self.target = target
        try folder.write([UInt8](repeating: 0, count: 4), to: "number")
        let source = ProjectFolder.path + "/Tests/FaultInjector/faults.c"
        let options = ["-std=c11", "-O2", "-Wall", "-Werror", "-shared", "-fPIC"]
        try await Tool.output("cc", options + ["-o", folder.path + "/faults.so", source, "-ldl"])
    }

    package var environment: [String: String] {
        [
            "LD_PRELOAD": folder.path + "/faults.so", "FAULT_NUMBER": folder.path + "/number",
            "FAULT_FOLDER": target,
        ]
    }

    /// Has all calls on the files wait from now on, until something else is asked for.
    package func hang() throws { try fail(with: -1) }

    /// Has writing fail from now on.
    /// - Parameter number: of errno(3); 0 has it work again.
    package func fail(with number: Int32) throws {
        // In place: the process sees the file's own pages.
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: folder.path + "/number"))
        try file.write(contentsOf: withUnsafeBytes(of: number) { Data($0) })
        try file.close()
    }
}
