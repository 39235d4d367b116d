//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import RegistryLedger
import Synchronization

/// Tells of a long piece of work on standard error: one line that changes on a terminal, a line every ten seconds else.
final class ProgressMeter: Sendable {
    private let verb: String
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let state = Mutex((last: ContinuousClock.now, hasShown: false))

    init(_ verb: String) { self.verb = verb }

    func show(_ progress: LedgerProgress) { show { "\(progress.summary)\(progress.rest)" } }

    /// - Parameter text: asked only when something is to be shown.
    func show(_ text: () -> String) {
        let interval = isTerminal ? Duration.milliseconds(200) : .seconds(10)
        let isDue = state.withLock { state in
            guard .now - state.last > interval else { return false }
            state = (.now, true)
            return true
        }
        guard isDue else { return }
        let text = text()
        put(isTerminal ? "\r\u{1b}[K\(verb): \(text)" : "\(verb): \(text)\n")
    }

    /// Leaves the line to what comes next.
    func end() { if isTerminal, state.withLock({ $0.hasShown }) { put("\r\u{1b}[K") } }

    private func put(_ text: String) { StandardError.write(text) }
}

extension LedgerProgress {
    /// How much, how long and how fast.
    var summary: String {
        let seconds = max(Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18, 0.001)
        let rate = Int(Double(blobs + repositories) / seconds)
        return "\(blobs) blobs, \(repositories) repositories in \(Self.oneDecimal(seconds)) s, \(rate) a second"
    }

    /// The time left, where it can be told.
    var rest: String {
        guard let seconds = secondsLeft else { return "" }
        return seconds < 90 ? ", about \(seconds) s left" : ", about \(seconds / 60) min left"
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
