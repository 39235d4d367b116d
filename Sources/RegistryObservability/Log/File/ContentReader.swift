//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CZlib
import Glibc

/// Reads what is in a log file, whether it is compressed by gzip (RFC 1952, any number of members) or not.
///
/// Blocks; the memory it takes does not depend on the file's size.
final class ContentReader {
    private let path: String
    /// Members of which all lines are of another time are passed over.
    private let window: GzipIndex.Window?
    /// Members that were inflated, for tests.
    private(set) var inflatedMembers = 0
    private let descriptor: Int32
    private let input = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 << 10)
    /// What of the input is not used yet.
    private var rest = 0..<0
    private var isSniffed = false
    /// On the heap: zlib remembers the address.
    private var stream: UnsafeMutablePointer<z_stream>?
    private var isInsideMember = false

    /// Opens a file.
    /// - Parameter window: lines of which time are wanted; others may come all the same.
    convenience init(path: String, window: GzipIndex.Window? = nil) throws(LogFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LogFileError("open", path) }
        self.init(descriptor: descriptor, path: path, window: window)
    }

    /// Reads a descriptor, which may be a pipe, and closes it in the end.
    /// - Parameters:
    ///   - path: what to call it in errors.
    ///   - window: lines of which time are wanted.
    init(descriptor: Int32, path: String, window: GzipIndex.Window? = nil) {
        self.path = path
        self.window = window
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
        input.deallocate()
        if let stream {
            inflateEnd(stream)
            stream.deallocate()
        }
    }

    /// Reads some bytes of the content.
    /// - Parameter room: not empty.
    /// - Returns: bytes read; 0 at the end.
    /// - Throws: ``LogFileError``, also for gzip that is damaged or not whole.
    func read(into room: UnsafeMutableBufferPointer<UInt8>) throws(LogFileError) -> Int {
        if !isSniffed { try sniff() }
        guard let stream else { return try readPlain(into: room) }
        while true {
            if !isInsideMember, let window { passOver(window) }
            if rest.isEmpty {
                rest = 0..<(try fill(input))
                guard !rest.isEmpty else {
                    if isInsideMember { throw endsTooEarly }
                    return 0
                }
            }
            if !isInsideMember {
                inflateReset(stream)
                inflatedMembers += 1
            }
            isInsideMember = true
            stream.pointee.next_in = input.baseAddress.map { $0 + rest.lowerBound }
            stream.pointee.avail_in = UInt32(rest.count)
            stream.pointee.next_out = room.baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            let result = inflate(stream, Z_NO_FLUSH)
            rest = (rest.upperBound - Int(stream.pointee.avail_in))..<rest.upperBound
            switch result {
            case Z_STREAM_END: isInsideMember = false
            case Z_OK, Z_BUF_ERROR: break
            default:
                let cause = stream.pointee.msg.map { String(cString: $0) } ?? "damaged"
                throw LogFileError("gunzip", path, cause: cause)
            }
            let count = room.count - Int(stream.pointee.avail_out)
            if count > 0 { return count }
        }
    }

    /// Goes behind the members of another time, by what their heads tell.
    private func passOver(_ window: GzipIndex.Window) {
        let position = lseek(descriptor, 0, SEEK_CUR)
        // A pipe has none.
        guard position >= 0 else { return }
        let start = Int64(position) - Int64(rest.count)
        var next = start
        while let index = GzipIndex(of: descriptor, at: next), !index.times.overlaps(window) { next += index.size }
        guard next > start else { return }
        lseek(descriptor, off_t(next), SEEK_SET)
        rest = 0..<0
    }

    /// Finds out by the first bytes whether the file is compressed, since it may be called anything.
    private func sniff() throws(LogFileError) {
        isSniffed = true
        rest = 0..<(try fill(input))
        guard rest.count >= 2, input[0] == 0x1f, input[1] == 0x8b else {
            // Not even the smallest compressed file is as short as that.
            guard rest.count >= 2 || !path.hasSuffix(".gz") else { throw endsTooEarly }
            return
        }
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 15 is the largest window, and 16 more mean gzip.
        guard inflateInit2_(stream, 31, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            stream.deallocate()
            throw LogFileError("gunzip", path, cause: "out of memory")
        }
        self.stream = stream
    }

    private var endsTooEarly: LogFileError { LogFileError("gunzip", path, cause: "the file ends too early") }

    private func readPlain(into room: UnsafeMutableBufferPointer<UInt8>) throws(LogFileError) -> Int {
        guard !rest.isEmpty else { return try fill(room) }
        let count = min(rest.count, room.count)
        if let target = room.baseAddress, let source = input.baseAddress {
            memcpy(target, source + rest.lowerBound, count)
        }
        rest = (rest.lowerBound + count)..<rest.upperBound
        return count
    }

    private func fill(_ room: UnsafeMutableBufferPointer<UInt8>) throws(LogFileError) -> Int {
        var filled = 0
        repeat {
            let count = Glibc.read(descriptor, room.baseAddress.map { $0 + filled }, room.count - filled)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw LogFileError("read", path) }
            filled += count
            // Two bytes are needed to tell what it is; a pipe may bring them one by one.
            if count == 0 { break }
        } while filled < 2
        return filled
    }
}
