//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel
import RegistryTelemetry

@testable import RegistryAuth

extension FuzzTarget {
    private static let now = 1_800_000_000.0
    private static let settings = TokenVerifier.Settings(
        realm: "https://a/token",
        service: "registry",
        issuer: "issuer"
    )
    private static let secret = "0123456789abcdef0123456789abcdef"

    /// A key that signs for the target `claims`.
    private static let verifier = TokenVerifier(
        settings,
        keys: try? KeySet(
            #"{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}"#
        )
    )

    static func token(_ text: String) throws(BrokenPromise) {
        let keys = try? KeySet(#"{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"\#(unknown)"}]}"#)
        let verifier = TokenVerifier(settings, keys: keys)
        // Nobody has the key.
        try promise((try? verifier.verify(text[...], now: now)) == nil, "a token of nobody is good: \(text)")
    }

    private static let unknown = "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE"

    /// Bytes as the claims of a token whose signature is good.
    static func claims(_ bytes: [UInt8]) throws(BrokenPromise) {
        let message = encode(Array(#"{"alg":"HS256","kid":"k","typ":"JWT"}"#.utf8)) + "." + encode(bytes)
        var mac = [UInt8](repeating: 0, count: 32)
        let key = Array(secret.utf8)
        let text = Array(message.utf8)
        plimsoll_hmac_sha256(key, key.count, text, text.count, &mac)
        let token = message + "." + encode(mac)
        guard let identity = try? verifier.verify(token[...], now: now) else { return }
        // Whatever else they say, they are for this registry, from its issuer, and good now.
        let claims = try? StrictJSON(bytes)
        try promise(claims?["iss"]?.string == "issuer", token)
        try promise(identity.expiry >= now, token)
    }

    static func keys(_ text: String) { _ = try? KeySet(text) }

    static func certificate(_ bytes: [UInt8]) {
        if let certificate = Certificate(der: bytes) { _ = try? certificate.key() }
        _ = try? TrustBundle(String(decoding: bytes, as: UTF8.self))
    }

    static func passwords(_ text: String) { _ = try? PasswordFile(text) }

    /// Base64url without padding.
    private static func encode(_ bytes: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
        var text: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let value = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for position in 0...group.count { text.append(alphabet[value >> (18 - 6 * position) & 63]) }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
