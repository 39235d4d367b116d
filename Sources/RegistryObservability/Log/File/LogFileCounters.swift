//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

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

    func count(_ event: LogFileEvent) {
        switch event {
        case .rotated: rotations[.ok].add()
        case .compressed(_, let bytes, _, _): compressedBytes.add(bytes)
        case .removed: removedFiles.add()
        case .failed: rotations[.failed].add()
        case .reopened, .repaired: break
        }
    }
}
