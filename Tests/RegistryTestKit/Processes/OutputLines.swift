//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// What a process writes to a pipe, line by line.
package final class OutputLines: Sendable {
    private let state = Mutex(State())

    private struct State {
        var lines: [String] = []
        /// What follows the last line feed.
        var rest: [UInt8] = []
        var hasEnded = false
        var waiters: [Waiter] = []
    }

    private struct Waiter {
        /// Lines looked at before this one.
        let start: Int
        let condition: @Sendable (String) -> Bool
        let continuation: CheckedContinuation<String?, Never>
    }

    /// Reads a descriptor to its end on a thread of its own, and closes it.
    init(reading descriptor: CInt) {
        Thread.detachNewThread { [self] in
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { break }
                take(buffer[..<count])
            }
            close(descriptor)
            end()
        }
    }

    private func take(_ bytes: ArraySlice<UInt8>) {
        answer { state in
            state.rest += bytes
            while let feed = state.rest.firstIndex(of: UInt8(ascii: "\n")) {
                state.lines.append(String(decoding: state.rest[..<feed], as: UTF8.self))
                state.rest.removeSubrange(...feed)
            }
        }
    }

    private func end() { answer { $0.hasEnded = true } }

    private func answer(after change: (inout State) -> Void) {
        let answers = state.withLock { state in
            change(&state)
            var answers: [(CheckedContinuation<String?, Never>, String?)] = []
            state.waiters.removeAll { waiter in
                let found = state.lines.dropFirst(waiter.start).first(where: waiter.condition)
                guard found != nil || state.hasEnded else { return false }
                answers.append((waiter.continuation, found))
                return true
            }
            return answers
        }
        for (continuation, line) in answers { continuation.resume(returning: line) }
    }

    /// The whole lines so far.
    package var lines: [String] { state.withLock { $0.lines } }

    /// Waits for a line.
    /// - Parameter start: the first line to look at.
    /// - Returns: nil if the output ends without such a line.
    package func line(from start: Int = 0, where condition: @escaping @Sendable (String) -> Bool) async -> String? {
        await withCheckedContinuation { continuation in
            let (isAnswered, found) = state.withLock { state -> (Bool, String?) in
                let found = state.lines.dropFirst(start).first(where: condition)
                if found != nil || state.hasEnded { return (true, found) }
                state.waiters.append(Waiter(start: start, condition: condition, continuation: continuation))
                return (false, nil)
            }
            if isAnswered { continuation.resume(returning: found) }
        }
    }

    /// Waits for the end, and gives all text.
    package func whole() async -> String {
        _ = await line { _ in false }
        return state.withLock { state in
            state.lines.map { $0 + "\n" }.joined() + String(decoding: state.rest, as: UTF8.self)
        }
    }
}
