//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib

/// Compression of a whole text for the way, by zlib.
enum Gzip {
    /// The bytes as one gzip member (RFC 1952); nil only if there is no memory.
    ///
    /// At the fastest level: metrics and spans shrink to a tenth by it, and higher levels take three times as long for a
    /// sixth less.
    static func compress(_ bytes: [UInt8]) -> [UInt8]? {
        var stream = z_stream()
        // 16 beyond the window of 2^15 bytes asks for gzip's head and checksum in place of zlib's.
        let started = deflateInit2_(
            &stream,
            Z_BEST_SPEED,
            Z_DEFLATED,
            15 + 16,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard started == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        var isWhole = false
        let compressed = [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            // zlib reads its input through a pointer to what may change, and does not change it.
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(bound)
                isWhole = deflate(&stream, Z_FINISH) == Z_STREAM_END
            }
            count = bound - Int(stream.avail_out)
        }
        return isWhole ? compressed : nil
    }
}
