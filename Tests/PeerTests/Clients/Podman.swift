//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit

/// podman, with its storage in a folder of the test.
struct Podman: Sendable {
    let folder: TemporaryFolder

    /// It takes no run root whose path is longer than 50 bytes.
    private var short: String { "/tmp/plimsoll-\(folder.path.suffix(12))" }

    init() throws { folder = try TemporaryFolder() }

    func run(_ arguments: String...) async throws -> Tool.Result { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> Tool.Result {
        let storage = ["--storage-driver", "vfs", "--root", folder.path + "/root", "--runroot", short]
        let rest = ["--tmpdir", folder.path + "/tmp", "--events-backend", "none"]
        return try await Tool.run("podman", storage + rest + arguments)
    }

    /// Makes the archive of an image's only layer, with a file in it.
    func archive(_ content: [UInt8]) async throws -> String {
        try folder.write(content, to: "content/etc/data")
        try await Tool.output("tar", ["-cf", folder.path + "/image.tar", "-C", folder.path + "/content", "."])
        return folder.path + "/image.tar"
    }

    /// Removes what it leaves elsewhere.
    func end() { try? FileManager.default.removeItem(atPath: short) }
}
