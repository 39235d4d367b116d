//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryAuth

@Suite("Signatures of tokens", .timeLimit(.minutes(5)))
struct TokenSignatureTests {
    static let algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]

    @Test("A token is taken by the name of its key, and not with a bit changed", arguments: algorithms)
    func named(algorithm: String) async throws {
        let key = try await TokenKey(algorithm)
        let bundle = try TrustBundle(try await key.publicKey())
        let verifier = TokenVerifier(TokenSamples.settings, bundle: bundle)
        #expect(bundle.keys.count == 2)
        for name in bundle.keys.keys {
            let token = try await key.token(header: #""kid":"\#(name)","#, claims: TokenSamples.claims())
            #expect(TokenSamples.refusal(token, verifier) == nil, "\(name)")
            let changed = token.replacing(
                "." + TokenKey.base64(TokenSamples.claims().utf8),
                with: "." + TokenKey.base64(TokenSamples.claims(["sub": #""mallory""#]).utf8)
            )
            #expect(TokenSamples.refusal(changed, verifier)?.reason == .tokenSignature)
            // Cut off, and with bytes lost in the middle, which leaves base64 whole.
            #expect(TokenSamples.refusal(String(token.dropLast(4)), verifier) != nil)
        }
    }

    @Test("A token is taken by a chain that leads to a root")
    func chain() async throws {
        let root = try await TokenKey("ES256")
        let leaf = try await TokenKey("ES256", issuer: root)
        let stranger = try await TokenKey("ES256")
        let verifier = TokenVerifier(TokenSamples.settings, bundle: try TrustBundle(try root.certificate))
        let now = Double(WallTime.now.microseconds) / 1e6
        let claims = TokenSamples.claims(["exp": "\(Int(now) + 60)", "nbf": nil, "iat": nil])
        func refusal(_ key: TokenKey, _ x5c: [String], now: Double = now) async throws -> Refusal? {
            let list = x5c.map { "\"\($0)\"" }.joined(separator: ",")
            return TokenSamples.refusal(
                try await key.token(header: #""x5c":[\#(list)],"#, claims: claims),
                verifier,
                now: now
            )
        }
        #expect(try await refusal(leaf, [try leaf.x5c]) == nil)
        #expect(try await refusal(leaf, [try leaf.x5c, try root.x5c]) == nil)
        #expect(try await refusal(root, [try root.x5c]) == nil)
        #expect(try await refusal(stranger, [try stranger.x5c])?.reason == .tokenChain)
        #expect(try await refusal(stranger, [try stranger.x5c, try root.x5c])?.reason == .tokenChain)
        #expect(try await refusal(stranger, [try leaf.x5c])?.reason == .tokenSignature)
        #expect(try await refusal(leaf, [])?.reason == .tokenChain)
        #expect(try await refusal(leaf, ["AAAA"])?.reason == .tokenChain)
        #expect(try await refusal(leaf, [try leaf.x5c], now: now + 10 * 86400)?.reason == .tokenChain)
    }

    @Test("A public key is never taken for a secret, nor a key for another algorithm than its own")
    func confusion() async throws {
        let key = try await TokenKey("RS256")
        let pem = try await key.publicKey()
        let bundle = try TrustBundle(pem)
        let name = try #require(bundle.keys.keys.first)
        let verifier = TokenVerifier(TokenSamples.settings, bundle: bundle)
        let good = try await key.token(header: #""kid":"\#(name)","#, claims: TokenSamples.claims())
        let payload = good.split(separator: ".")[1]
        for algorithm in ["HS256", "ES256", "EdDSA", "PS256"] {
            let head = TokenKey.base64(#"{"kid":"\#(name)","alg":"\#(algorithm)"}"#.utf8)
            let message = "\(head).\(payload)"
            let forged = message + "." + TokenKey.base64(HMACSample.sign(message, secret: pem))
            let refusal = TokenSamples.refusal(forged, verifier)
            #expect(refusal?.reason == (algorithm == "PS256" ? .tokenSignature : .tokenAlgorithm), "\(algorithm)")
        }
        for none in ["none", "None", "NONE", ""] {
            let head = TokenKey.base64(#"{"kid":"\#(name)","alg":"\#(none)"}"#.utf8)
            #expect(TokenSamples.refusal("\(head).\(payload).", verifier)?.reason == .tokenMalformed)
            #expect(TokenSamples.refusal("\(head).\(payload).AAAA", verifier)?.reason == .tokenAlgorithm)
        }
    }

    @Test("An algorithm that the configuration leaves out is refused")
    func leftOut() async throws {
        let key = try await TokenKey("RS256")
        var settings = TokenSamples.settings
        settings.algorithms = [.es256]
        let bundle = try TrustBundle(try await key.publicKey())
        let name = try #require(bundle.keys.keys.first)
        let token = try await key.token(header: #""kid":"\#(name)","#, claims: TokenSamples.claims())
        let verifier = TokenVerifier(settings, bundle: bundle)
        #expect(TokenSamples.refusal(token, verifier)?.reason == .tokenAlgorithm)
    }

    @Test("A key that is sent with the token is never taken")
    func embedded() async throws {
        let key = try await TokenKey("ES256")
        let verifier = TokenVerifier(TokenSamples.settings, bundle: try TrustBundle(try key.certificate))
        let header = #""jwk":{"kty":"oct","k":"AAAA","kid":"mine"},"#
        let token = try await key.token(header: header, claims: TokenSamples.claims())
        #expect(TokenSamples.refusal(token, verifier)?.reason == .tokenKeyUnknown)
    }
}
