//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import Glibc
import Synchronization

/// The file for audit entries that one sink did not take in time, until the sink takes them.
///
/// One JSON line an entry, so that people can read it too. A line that was delivered is marked by `#` in place of its brace;
/// the file goes when all are. So a kill in between loses nothing, and doubles the one entry that was delivered and not
/// marked yet, if any. The file belongs to one process, by a lock.
final class AuditSpill: Sendable {
    let path: String
    private let maximumBytes: Int64
    private let state: Mutex<State>
    /// Whether there may be something to deliver.
    private let mayHaveContent: Atomic<Bool>

    private struct State {
        var descriptor: Int32 = -1
        var size: Int64 = 0
        /// Where the first line begins that was not delivered.
        var next: Int64 = 0
    }

    /// - Parameters:
    ///   - path: made when it is first needed; what is there already is kept, to be delivered.
    ///   - maximumBytes: the file never grows beyond.
    init(path: String, maximumBytes: Int64) {
        self.path = path
        self.maximumBytes = maximumBytes
        self.state = Mutex(State())
        self.mayHaveContent = Atomic(access(path, F_OK) == 0)
    }

    deinit { state.withLock { if $0.descriptor >= 0 { close($0.descriptor) } } }

    var hasContent: Bool { mayHaveContent.load(ordering: .acquiring) }

    /// Writes a line; blocks for as long as the disk takes.
    /// - Returns: why it could not be written, or nil.
    func write(_ line: UnsafeBufferPointer<UInt8>) -> String? {
        state.withLock { state in
            if let failure = open(&state) { return failure }
            guard state.size + Int64(line.count) <= maximumBytes else { return "\(path): has its full size" }
            guard pwrite(state.descriptor, line.baseAddress, line.count, off_t(state.size)) == line.count else {
                let reason = failure("write")
                // No torn line stays behind.
                _ = ftruncate(state.descriptor, off_t(state.size))
                return reason
            }
            state.size += Int64(line.count)
            mayHaveContent.store(true, ordering: .releasing)
            return nil
        }
    }

    /// Waits until all that was written is on the disk.
    func synchronize() { state.withLock { if $0.descriptor >= 0 { _ = fdatasync($0.descriptor) } } }

    // MARK: Delivering

    /// What is to be delivered next.
    enum Next {
        case line([UInt8])
        /// Everything is delivered.
        case end
        case failure(String)
    }

    /// The first line that was not delivered, line feed included.
    func next() -> Next {
        state.withLock { state in
            if state.descriptor < 0, access(path, F_OK) != 0 { return .end }
            if let failure = open(&state) { return .failure(failure) }
            while state.next < state.size {
                guard let line = line(at: state.next, state) else { return .failure(failure("read")) }
                if line.first != Self.mark { return .line(line) }
                state.next += Int64(line.count)
            }
            return .end
        }
    }

    /// Notes that the line was delivered.
    /// - Returns: why that could not be noted, or nil.
    func deliver(_ line: [UInt8]) -> String? {
        state.withLock { state in
            var mark = Self.mark
            guard pwrite(state.descriptor, &mark, 1, off_t(state.next)) == 1 else { return failure("write") }
            state.next += Int64(line.count)
            return nil
        }
    }

    /// Removes the file if there is nothing in it to deliver.
    func removeIfDelivered() {
        state.withLock { state in
            guard state.next >= state.size else { return }
            if state.descriptor >= 0 {
                unlink(path)
                close(state.descriptor)
            }
            state = State()
            mayHaveContent.store(false, ordering: .releasing)
        }
    }

    /// Leaves the file to the next run.
    func release() {
        state.withLock { state in
            if state.descriptor >= 0 { close(state.descriptor) }
            state = State()
        }
    }

    private static let mark = UInt8(ascii: "#")

    private func line(at start: Int64, _ state: State) -> [UInt8]? {
        var line: [UInt8] = []
        while true {
            let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
                let place = off_t(start) + off_t(line.count)
                count = max(0, pread(state.descriptor, buffer.baseAddress, buffer.count, place))
            }
            guard !piece.isEmpty else { return nil }
            if let feed = piece.firstIndex(of: .lineFeed) { return line + piece[...feed] }
            line += piece
        }
    }

    // MARK: The file

    /// Opens the file if it is not, and cuts off half a line that a crash has left.
    /// - Returns: why that failed, or nil.
    private func open(_ state: inout State) -> String? {
        guard state.descriptor < 0 else { return nil }
        let opened = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o640)
        guard opened >= 0 else { return failure("open") }
        var facts = stat()
        guard fstat(opened, &facts) == 0, plimsoll_try_lock(opened) == 0 else {
            close(opened)
            return "\(path): cannot be locked; another process writes it"
        }
        var size = Int64(facts.st_size)
        var byte: UInt8 = 0
        while size > 0, pread(opened, &byte, 1, off_t(size - 1)) == 1, byte != .lineFeed { size -= 1 }
        if size < Int64(facts.st_size) { _ = ftruncate(opened, off_t(size)) }
        state = State(descriptor: opened, size: size)
        return nil
    }

    private func failure(_ call: String) -> String { "\(path): \(call): \(String(cString: strerror(errno)))" }
}
