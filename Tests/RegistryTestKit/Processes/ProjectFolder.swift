//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// Where the project's own files are.
package enum ProjectFolder {
    /// The root of the work tree, without a slash at its end.
    package static let path = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path

    /// The executable under test: the release build, since processes are tested as they are shipped.
    /// - Throws: ``ProcessNotStarted`` with the command that builds it.
    package static func binary() throws -> String {
        let path = ProcessInfo.processInfo.environment["PLIMSOLL_BINARY"] ?? path + "/.build/release/plimsoll"
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProcessNotStarted(description: "\(path) is missing: make build")
        }
        return path
    }
}
