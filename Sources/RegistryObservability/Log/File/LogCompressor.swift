//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Turns a rotated file into a compressed one, so that at every moment one of them is there and whole.
struct LogCompressor {
    let folder: LogFolder
    let policy: CompressionPolicy

    /// Bytes of a member, before compression; one is cut at the last line end before that.
    static let memberSize = 1 << 20

    /// Writes a file in compressed form beside it, under a temporary name, and verifies that.
    /// - Parameter goOn: asked after each member, with its bytes; false gives up.
    /// - Returns: what is in it; nil if it was given up.
    func compress(_ name: RotatedName, goOn: (Int) -> Bool) throws(LogFileError) -> LogContentSummary? {
        let source = folder.path(name, .plain)
        let temporary = folder.path(name, .compressing)
        // Left over from one that was killed.
        try folder.remove(temporary)
        do throws(LogFileError) {
            guard let content = try write(source, to: temporary, goOn: goOn) else {
                try folder.remove(temporary)
                return nil
            }
            guard try LogContentSummary.read(temporary).isSame(as: content) else {
                throw LogFileError("verify", temporary, cause: "what was written is not what was read")
            }
            guard folder.size(source) == content.bytes else {
                throw LogFileError("verify", source, cause: "somebody else writes to the file")
            }
            try synchronize(temporary)
            return content
        } catch {
            // If this fails too, it is left over, and the next pass removes it.
            try? folder.remove(temporary)
            throw error
        }
    }

    /// Gives the compressed form its name, and removes the plain one.
    func publish(_ name: RotatedName) throws(LogFileError) {
        try folder.rename(folder.path(name, .compressing), to: folder.path(name, .compressed))
        try folder.synchronize()
        try folder.remove(folder.path(name, .plain))
    }

    /// Finishes what was interrupted between the renaming and the removal of the plain file.
    func finish(_ name: RotatedName) throws(LogFileError) {
        let source = folder.path(name, .plain)
        let target = folder.path(name, .compressed)
        guard try LogContentSummary.read(target).isSame(as: try LogContentSummary.read(source)) else {
            throw LogFileError(
                "verify",
                target,
                cause: "it differs from the file that is not compressed; both are kept"
            )
        }
        try synchronize(target)
        try folder.synchronize()
        try folder.remove(source)
    }

    private func write(
        _ source: String,
        to target: String,
        goOn: (Int) -> Bool
    ) throws(LogFileError) -> LogContentSummary? {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw LogFileError("open", source) }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw LogFileError("open", target) }
        defer { close(output) }
        var gzip = try GzipWriter(level: policy.level)
        var content = LogContentSummary()
        var buffer: [UInt8] = []
        var isAtEnd = false
        while !isAtEnd || !buffer.isEmpty {
            isAtEnd = try Self.fill(&buffer, from: input, source)
            let cut = isAtEnd ? buffer.count : (buffer.lastIndex(of: .lineFeed).map { $0 + 1 } ?? 0)
            // A line longer than a member: read on.
            guard cut > 0 else { continue }
            try buffer.withUnsafeBufferPointer { (bytes) throws(LogFileError) in
                let piece = UnsafeBufferPointer(rebasing: bytes[..<cut])
                content.add(piece)
                try gzip.member(indexing: piece) { (part) throws(LogFileError) in
                    try Self.write(part, to: output, target)
                }
            }
            buffer.removeFirst(cut)
            guard goOn(cut) else { return nil }
        }
        try takeFacts(of: input, source, to: output)
        return content
    }

    /// Reads a member's worth more.
    /// - Returns: whether that was the end.
    private static func fill(
        _ buffer: inout [UInt8],
        from input: Int32,
        _ source: String
    ) throws(LogFileError) -> Bool {
        let held = buffer.count
        let goal = max(memberSize, held + memberSize / 4)
        buffer.append(contentsOf: repeatElement(0, count: goal - held))
        var filled = held
        while filled < goal {
            let count = buffer.withUnsafeMutableBytes { read(input, $0.baseAddress.map { $0 + filled }, goal - filled) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw LogFileError("read", source) }
            if count == 0 { break }
            filled += count
        }
        buffer.removeLast(goal - filled)
        return filled < goal
    }

    private static func write(
        _ bytes: UnsafeBufferPointer<UInt8>,
        to output: Int32,
        _ target: String
    ) throws(LogFileError) {
        guard DescriptorOutput(descriptor: output).write(bytes) == bytes.count else {
            throw LogFileError("write", target)
        }
    }

    /// Permissions, owner and time go over to the compressed file.
    private func takeFacts(of input: Int32, _ source: String, to output: Int32) throws(LogFileError) {
        let facts = try FileIdentity.Facts(of: input, source)
        fchmod(output, facts.mode & 0o7777)
        // Only root may give files away; then they stay with whom they are.
        _ = fchown(output, facts.owner.user, facts.owner.group)
        futimens(output, [facts.modified, facts.modified])
    }

    private func synchronize(_ path: String) throws(LogFileError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw LogFileError("open", path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw LogFileError("fsync", path) }
    }
}
