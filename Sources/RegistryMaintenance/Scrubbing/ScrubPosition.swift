//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
package import RegistryTelemetry

/// How far a round through all content is, and what it has found.
package struct ScrubPosition: Sendable, Equatable {
    /// The part of the content that is looked at: those whose digests begin with one byte.
    package var shard = 0
    /// The last digest of it that was looked at.
    package var last: Digest?
    package var blobs = 0
    package var bytes: Int64 = 0
    package var damaged = 0
    /// When the round was begun; nil between rounds.
    package var began: WallTime?
    /// When the last round was completed.
    package var completed: WallTime?

    package init() {}

    package var json: JSONText {
        .object([
            ("shard", .number(Int64(shard))), ("last", last.map { .string($0.description) }),
            ("blobs", .number(Int64(blobs))), ("bytes", .number(bytes)), ("damaged", .number(Int64(damaged))),
            ("began", began.map { .string($0.secondsDescription) }),
            ("completed", completed.map { .string($0.secondsDescription) }),
        ])
    }
}
