//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// The lines of a log file, one after the other.
struct LineReader: ~Copyable {
    private let content: ContentReader
    private var memory: UnsafeMutableBufferPointer<UInt8>
    /// The current line in the memory, without its line feed.
    private var current = 0..<0
    /// Where the next line begins, and the bytes read end.
    private var next = 0
    private var end = 0
    /// Whether the current line is ended by a line feed; only the last of a file may not be.
    private(set) var isWhole = false

    init(_ content: ContentReader) {
        self.content = content
        self.memory = .allocate(capacity: 256 << 10)
    }

    /// Members of gzip that were inflated, for tests.
    var inflatedMembers: Int { content.inflatedMembers }

    init(path: String) throws(LogFileError) { self.init(try ContentReader(path: path)) }

    deinit { memory.deallocate() }

    /// The current line without its line feed, valid until the next call of ``advance()``.
    var line: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: memory[current]) }

    /// Goes to the next line.
    /// - Returns: false if there is none.
    mutating func advance() throws(LogFileError) -> Bool {
        // Bytes of the line in which there is no line feed.
        var searched = 0
        while true {
            if let base = memory.baseAddress, end > next + searched,
                let found = memchr(base + next + searched, Int32(UInt8.lineFeed), end - next - searched)
            {
                let feed = base.distance(to: found.assumingMemoryBound(to: UInt8.self))
                current = next..<feed
                next = feed + 1
                isWhole = true
                return true
            }
            searched = end - next
            makeRoom()
            let count = try content.read(into: UnsafeMutableBufferPointer(rebasing: memory[end...]))
            end += count
            guard count == 0 else { continue }
            current = next..<end
            next = end
            isWhole = false
            return !current.isEmpty
        }
    }

    /// Moves what is left to the beginning, and takes more memory if that alone does not help.
    private mutating func makeRoom() {
        guard let base = memory.baseAddress else { return }
        memmove(base, base + next, end - next)
        end -= next
        next = 0
        guard end > memory.count / 2 else { return }
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 * memory.count)
        if let target = larger.baseAddress { memcpy(target, base, end) }
        memory.deallocate()
        memory = larger
    }
}
