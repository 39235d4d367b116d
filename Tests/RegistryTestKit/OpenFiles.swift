//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// What the test's own process has open, as the kernel tells it.
package enum OpenFiles {
    /// The open files below a folder.
    package static func under(_ folder: String) throws -> [String] {
        let links = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        // A descriptor may be closed between being listed and being looked at.
        let files = links.compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")
        }
        return files.filter { $0.hasPrefix(folder + "/") }
    }

    /// The resident memory of the process in bytes.
    package static func residentBytes() throws -> Int {
        let pages = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii).split(separator: " ")
        return (pages.count > 1 ? Int(pages[1]) ?? 0 : 0) * Int(getpagesize())
    }
}
