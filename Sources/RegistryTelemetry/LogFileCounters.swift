//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Counts what happens to log files.
package final class LogFileCounters: Sendable {
    package let rotations = Labelled(Outcome.self) { _ in Counter() }
    /// Bytes before compression.
    package let compressedBytes = Counter()
    package let removedFiles = Counter()
    package let writeFailures = Counter()

    package init() {}

    /// How an attempt ended.
    package enum Outcome: String, LabelSet {
        case ok, failed
    }
}
