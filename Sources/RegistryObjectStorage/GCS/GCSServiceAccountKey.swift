//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
package import RegistryTelemetry

/// The key of a service account, from the JSON file that Google gives out.
package struct GCSServiceAccountKey: Sendable, CustomStringConvertible {
    /// `registry@project.iam.gserviceaccount.com`.
    package let email: String
    /// Which of the account's keys it is; empty where the file does not say.
    package let keyID: String
    /// Where a token is had for an assertion.
    package let tokenURL: String
    package let key: RSASigningKey

    package static let defaultTokenURL = "https://oauth2.googleapis.com/token"

    /// - Parameter document: the members of the JSON file by name.
    /// - Returns: nil if the address or the private key is missing or unusable.
    package init?(_ document: [String: String]) {
        guard let email = document["client_email"], !email.isEmpty,
            let key = document["private_key"].flatMap({ RSASigningKey(pem: $0) })
        else { return nil }
        self.email = email
        self.key = key
        self.keyID = document["private_key_id"] ?? ""
        self.tokenURL = document["token_uri"].flatMap { $0.isEmpty ? nil : $0 } ?? Self.defaultTokenURL
    }

    /// Tells nothing of the key.
    package var description: String { email }

    /// How long an assertion is good; Google takes no more.
    private static let lifetime: Int64 = 3600

    /// A signed assertion (RFC 7523 §3) with which the token server gives out a token.
    /// - Returns: nil if it cannot be signed.
    package func assertion(scope: String, at time: WallTime) -> String? {
        let now = time.microseconds / 1_000_000
        let header = JSONText.object([
            ("alg", .string("RS256")), ("typ", .string("JWT")), ("kid", keyID.isEmpty ? nil : .string(keyID)),
        ])
        let claims = JSONText.object([
            ("iss", .string(email)), ("scope", .string(scope)), ("aud", .string(tokenURL)), ("iat", .number(now)),
            ("exp", .number(now + Self.lifetime)),
        ])
        return Self.sign(header.text, claims.text, with: key)
    }

    /// A JSON web signature in its compact form (RFC 7515 §3.1).
    static func sign(_ header: String, _ claims: String, with key: RSASigningKey) -> String? {
        let parts = [header, claims].map { Base64URL.encode(Array($0.utf8), isPadded: false) }
        let message = parts.joined(separator: ".")
        guard let signature = key.sign(Array(message.utf8)) else { return nil }
        return message + "." + Base64URL.encode(signature, isPadded: false)
    }
}
