//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib

/// Makes gzip members (RFC 1952); any number of them one after the other is a gzip file.
struct GzipWriter: ~Copyable {
    /// On the heap: zlib remembers the address.
    private let stream: UnsafeMutablePointer<z_stream>
    private let output: UnsafeMutableBufferPointer<UInt8>

    /// - Parameter level: 1 to 9.
    /// - Throws: ``LogFileError`` if there is no memory for it.
    init(level: Int32) throws(LogFileError) {
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window, and 16 more mean gzip; 8 is zlib's own choice of memory.
        let result = deflateInit2_(
            stream,
            level,
            Z_DEFLATED,
            31,
            8,
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        guard result == Z_OK else {
            stream.deallocate()
            throw LogFileError("gzip", "", cause: "out of memory")
        }
        self.stream = stream
        self.output = .allocate(capacity: 256 << 10)
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// Compresses lines into one member that tells which time they are of, where all of them have one.
    /// - Parameter write: gets the member as a whole.
    mutating func member(
        indexing lines: UnsafeBufferPointer<UInt8>,
        write: (UnsafeBufferPointer<UInt8>) throws(LogFileError) -> Void
    ) throws(LogFileError) {
        guard let times = GzipIndex.times(of: lines) else { return try member(lines, write: write) }
        var whole: [UInt8] = GzipIndex(size: 0, times: times).header
        let headerSize = whole.count
        try member(lines) { (piece) throws(LogFileError) in whole += piece }
        // In place of the header without a field that zlib has written.
        whole.removeSubrange(headerSize..<(headerSize + GzipIndex.plainHeaderSize))
        whole.replaceSubrange(..<headerSize, with: GzipIndex(size: Int64(whole.count), times: times).header)
        try whole.withUnsafeBufferPointer { (bytes) throws(LogFileError) in try write(bytes) }
    }

    /// Compresses bytes into one member.
    /// - Parameter write: gets the member in pieces.
    mutating func member(
        _ bytes: UnsafeBufferPointer<UInt8>,
        write: (UnsafeBufferPointer<UInt8>) throws(LogFileError) -> Void
    ) throws(LogFileError) {
        deflateReset(stream)
        stream.pointee.next_in = UnsafeMutablePointer(mutating: bytes.baseAddress)
        stream.pointee.avail_in = UInt32(bytes.count)
        var result = Z_OK
        while result == Z_OK || result == Z_BUF_ERROR {
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = UInt32(output.count)
            result = deflate(stream, Z_FINISH)
            try write(UnsafeBufferPointer(rebasing: output[..<(output.count - Int(stream.pointee.avail_out))]))
        }
    }
}
