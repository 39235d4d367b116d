//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Numbers of statvfs(3), which some file systems without an end have all ones in.
package enum FileSystemSize {
    /// An exbibyte: more than there is anywhere, and far enough from what cannot be added up any more.
    package static let largest: Int64 = 1 << 60

    /// - Parameters:
    ///   - count: of units.
    ///   - unit: bytes of each; 1 for what is only counted.
    /// - Returns: at most ``largest``.
    package static func bytes(_ count: UInt, of unit: UInt = 1) -> Int64 {
        let (bytes, overflows) = count.multipliedReportingOverflow(by: unit)
        return overflows ? largest : min(largest, Int64(clamping: bytes))
    }
}
