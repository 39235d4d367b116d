//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Something that is asked at intervals, and that the registry cannot serve without.
package struct HealthCheck: Sendable {
    /// As `/debug/health` has it.
    package let name: String
    package let interval: Duration
    /// Failures in a row before it counts; 0 and 1 are the same.
    package let threshold: Int
    /// Asks once.
    /// - Returns: what is wrong; nil if nothing is.
    let probe: @Sendable () async -> String?

    /// Creates a check.
    package init(
        _ name: String,
        interval: Duration,
        threshold: Int = 1,
        probe: @escaping @Sendable () async -> String?
    ) {
        self.name = name
        self.interval = interval
        self.threshold = threshold
        self.probe = probe
    }

    /// The name that distribution gives the check of the storage.
    static let storage = "storagedriver"

    /// A check that fails, and why.
    package struct Failure: Sendable, Equatable {
        package let check: String
        package let cause: String

        /// In words for people.
        package var description: String {
            check == HealthCheck.storage ? "storage unhealthy (\(cause))" : "check \(check) fails (\(cause))"
        }
    }
}
