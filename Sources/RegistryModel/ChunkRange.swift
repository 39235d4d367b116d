//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The bytes that an upload's chunk claims to be, both ends included.
///
/// Source: OCI distribution specification, "Pushing a blob in chunks": `Content-Range: <start>-<end>`. The form of
/// RFC 9110, `bytes <start>-<end>/<total>`, is understood as well.
package struct ChunkRange: Sendable, Equatable {
    package let start: Int64
    package let end: Int64

    /// Bytes in the chunk.
    package var count: Int64 { end - start + 1 }

    /// Parses a `Content-Range` header.
    /// - Throws: `RANGE_INVALID` with status 400 for what is not a range.
    package init(header: some StringProtocol) throws(RegistryError) {
        let text = header.hasPrefix("bytes ") ? header.dropFirst("bytes ".count) : header[...]
        let ends = text.prefix { $0 != "/" }.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, ends.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(\.isDigit) }),
            let start = Int64(ends[0]), let end = Int64(ends[1]), start <= end, end < .max
        else {
            throw RegistryError(
                .rangeInvalid,
                status: 400,
                detail: "Content-Range is <start>-<end>, in bytes, inclusive"
            )
        }
        self.start = start
        self.end = end
    }
}
