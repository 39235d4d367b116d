//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// The body of a request to an ACME server: a JSON Web Signature in its flattened form (RFC 8555 §6.2, RFC 7515 §7.2.2).
struct SignedRequest {
    /// By what the server knows the key.
    enum Identity {
        /// By itself: an account that it may not know yet.
        case key
        /// By the address of its account.
        case account(String)
    }

    /// What is signed.
    enum Payload {
        /// Nothing, for reading what is at an address (RFC 8555 §6.3).
        case none
        case json(JSONText)
    }

    let identity: Identity
    let payload: Payload
    let url: String
    let nonce: String

    /// The bytes to send.
    func body(signedBy key: SigningKey) throws(KeyFault) -> [UInt8] {
        let identifier: (String, JSONText) =
            switch identity {
            case .key: ("jwk", key.publicJWK)
            case .account(let address): ("kid", .string(address))
            }
        let header = JSONText.object([
            ("alg", .string("ES256")), identifier, ("nonce", .string(nonce)), ("url", .string(url)),
        ])
        let text: String =
            switch payload {
            case .none: ""
            case .json(let json): json.text
            }
        let (protected, content) = (Self.encoded(header.text), Self.encoded(text))
        let signature = try key.signature(of: Array("\(protected).\(content)".utf8))
        let body = JSONText.object([
            ("protected", .string(protected)), ("payload", .string(content)),
            ("signature", .string(Base64URL.encode(signature, isPadded: false))),
        ])
        return Array(body.text.utf8)
    }

    private static func encoded(_ text: String) -> String { Base64URL.encode(Array(text.utf8), isPadded: false) }
}
