//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
import RegistryModel

/// A key that signs shared access signatures in the name of an identity.
///
/// Source: Azure Storage REST API, "Get User Delegation Key".
package struct AzureDelegationKey: Sendable, CustomStringConvertible {
    let object: String
    let tenant: String
    let start: String
    let expiry: String
    let service: String
    let version: String
    private let secret: [UInt8]

    /// - Parameter document: the answer of the service.
    /// - Returns: nil for what is no such key.
    package init?(_ document: ByteBuffer) {
        guard let key = XMLElement(document), key.name == "UserDelegationKey",
            let object = key.text("SignedOid"), let tenant = key.text("SignedTid"), let start = key.text("SignedStart"),
            let expiry = key.text("SignedExpiry"), let service = key.text("SignedService"),
            let version = key.text("SignedVersion"),
            let secret = key.text("Value").flatMap({ Base64.decode($0.utf8, .standard) })
        else { return nil }
        self.object = object
        self.tenant = tenant
        self.start = start
        self.expiry = expiry
        self.service = service
        self.version = version
        self.secret = secret
    }

    func sign(_ text: String) -> String { Digesting.base64(Digesting.hmac(secret, text)) }

    /// Tells nothing of the key.
    package var description: String { "delegation key until \(expiry)" }
}
