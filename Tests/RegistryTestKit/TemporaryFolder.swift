//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// A folder of a test's own, removed with all in it when the test is over.
package final class TemporaryFolder: Sendable {
    package let path: String

    package init() throws {
        let base = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        self.path = "\(base)/plimsoll-test-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// All files below the folder with their content, by relative path.
    package func files(under folder: String = "") throws -> [String: [UInt8]] {
        let root = folder.isEmpty ? path : path + "/" + folder
        var files: [String: [UInt8]] = [:]
        // A ledger beside the tree is no content, and changes while it is read; nor is a lock.
        for name in try FileManager.default.subpathsOfDirectory(atPath: root)
        where !name.hasPrefix(".plimsoll/ledger.") && name != ".plimsoll/storage.lock" {
            var isFolder: ObjCBool = false
            let file = root + "/" + name
            guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else {
                continue
            }
            files[name] = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
        }
        return files
    }

    /// Writes a file, making the folders above it.
    package func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(fileURLWithPath: path + "/" + file)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }
}
