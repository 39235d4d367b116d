//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOSSL

/// An endpoint with all that had to be read from files for it.
package struct EndpointPlan: Sendable {
    package var settings: EndpointSettings
    /// What messages are signed with, each; none if they are not.
    var signature: WebhookSignature
    /// Whom to trust, and what to show; nil for what holds everywhere.
    var tls: TLSConfiguration?

    /// - Parameter secrets: as the configuration has them, or a file.
    package init(_ settings: EndpointSettings, secrets: [String] = [], tls: TLSConfiguration? = nil) {
        self.settings = settings
        self.signature = WebhookSignature(keys: secrets.map { WebhookSignature.key($0) })
        self.tls = tls
    }

    /// Whether a worker of the one does just what a worker of the other does.
    func isSame(as other: EndpointPlan) -> Bool {
        guard settings == other.settings, signature == other.signature else { return false }
        return switch (tls, other.tls) {
        case (nil, nil): true
        case (let own?, let others?): own.bestEffortEquals(others)
        default: false
        }
    }
}
