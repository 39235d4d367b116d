//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// What clients may ask for; what is nil is without limit and costs nothing.
package struct RequestLimits: Sendable {
    /// Requests under way at a time.
    package var inFlight: Int?
    /// Connections at a time.
    package var connections: Int?
    /// Connections of one address at a time.
    package var clientConnections: Int?
    /// Bytes of a request's head.
    ///
    /// Tokens of clients reach 16 KiB; nothing honest is larger than the default.
    package var headBytes = 48 << 10
    /// Requests from one address.
    package var clientRate: Rate?
    /// Requests of one user.
    package var userRate: Rate?
    /// Addresses and users, each, whose rate is remembered at a time.
    package var tracked = 65_536
    /// Bytes of a blob.
    package var blobBytes: Int64?
    /// Bytes of a manifest.
    package var manifestBytes = ManifestFacts.maximumBytes
    /// How slowly bodies may come.
    package var bodyPace: MinimumPace?
    /// How slowly blobs may be taken in.
    package var sendPace: MinimumPace?

    /// Creates limits that limit nothing but heads and manifests.
    package init() {}

    /// Requests over time.
    package struct Rate: Sendable, Equatable {
        /// Requests a second on average; above 0.
        package var perSecond: Double
        /// Requests that may come at once; above 0.
        package var burst: Int

        /// Creates a rate.
        package init(perSecond: Double, burst: Int) {
            self.perSecond = perSecond
            self.burst = burst
        }
    }
}
