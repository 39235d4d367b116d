//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryAuth

@Suite("What tokens say")
struct TokenClaimTests {
    private static let secret = "0123456789abcdef0123456789abcdef"
    private static let keys = #"{"keys":[{"kty":"oct","kid":"k","k":"\#(TokenKey.base64(secret.utf8))"}]}"#

    private func verifier(leeway: Duration = .seconds(60)) throws -> TokenVerifier {
        var settings = TokenSamples.settings
        settings.leeway = leeway
        return TokenVerifier(settings, keys: try KeySet(Self.keys))
    }

    private func token(_ claims: String, header: String = #"{"alg":"HS256","kid":"k"}"#) -> String {
        let message = TokenKey.base64(header.utf8) + "." + TokenKey.base64(claims.utf8)
        return message + "." + TokenKey.base64(HMACSample.sign(message, secret: Self.secret))
    }

    @Test("A good token says who it is and what they may do")
    func good() throws {
        let claims = TokenSamples.claims(["aud": #"["other","registry"]"#])
        let identity = try verifier().verify(token(claims)[...], now: TokenSamples.now)
        #expect(identity.principal == Principal(name: "alice"))
        #expect(identity.access.actions(in: "team/app") == [.pull, .push])
        #expect(identity.access.actions(in: "team") == [])
        #expect(!identity.access.grants(.catalog))
    }

    static let wrong: [([String: String?], AuthReason)] = [
        (["iss": #""else""#], .tokenIssuer), (["iss": nil], .tokenIssuer), (["iss": "[]"], .tokenIssuer),
        (["aud": #""else""#], .tokenAudience), (["aud": nil], .tokenAudience), (["aud": "[]"], .tokenAudience),
        (["aud": "[1]"], .tokenMalformed), (["aud": #"{"registry":1}"#], .tokenMalformed),
        (["exp": "1799999939"], .tokenExpired), (["exp": nil], .tokenExpired),
        (["exp": #""1800000300""#], .tokenMalformed),
        (["exp": "1e300"], .tokenMalformed), (["exp": "-1"], .tokenExpired),
        (["nbf": "1800000061"], .tokenNotYetValid), (["iat": "1800000061"], .tokenNotYetValid),
        (["nbf": "true"], .tokenMalformed), (["access": "{}"], .tokenMalformed),
        (["access": #"[{"type":"repository"}]"#], .tokenMalformed), (["sub": "1"], .tokenMalformed),
    ]

    @Test("A claim that is wrong is named", arguments: wrong)
    func claims(changes: [String: String?], reason: AuthReason) throws {
        #expect(TokenSamples.refusal(token(TokenSamples.claims(changes)), try verifier())?.reason == reason)
    }

    @Test("Clocks may differ by the leeway and no more")
    func leeway() throws {
        let late = token(TokenSamples.claims(["exp": "1799999950"]))
        #expect(TokenSamples.refusal(late, try verifier()) == nil)
        let refusal = TokenSamples.refusal(late, try verifier(leeway: .seconds(10)))
        #expect(refusal?.detail == "exp was 50 s ago, beyond the leeway of 10 s")
        let early = token(TokenSamples.claims(["nbf": "1800000059"]))
        #expect(TokenSamples.refusal(early, try verifier()) == nil)
    }

    @Test(
        "A header with what is unknown or given twice is refused",
        arguments: [
            #"{"alg":"HS256","kid":"k","crit":["exp"]}"#, #"{"alg":"HS256","kid":"k","crit":[]}"#,
            #"{"alg":"HS256","alg":"none","kid":"k"}"#, #"{"alg":"HS256","kid":"k","b64":false}"#,
            #"{"alg":"HS256","kid":"k","zip":"DEF"}"#, #"{"alg":1,"kid":"k"}"#, #"["HS256"]"#, "{}", "x",
            #"{"alg":"HS256","kid":1}"#, #"{"alg":"HS256","kid":"k"} "x""#,
            #"{"alg":"HS256","\u0061lg":"none","kid":"k"}"#, #"{"alg":"HS256","kid":"k","a":[[[[[[[[[[]]]]]]]]]]}"#,
        ]
    )
    func headers(header: String) throws {
        let refusal = TokenSamples.refusal(token(TokenSamples.claims(), header: header), try verifier())
        #expect(refusal?.reason == .tokenMalformed, "\(refusal?.text ?? "taken")")
    }

    @Test("A payload that says something twice, or too deep, is refused, however it is signed")
    func duplicates() throws {
        let twice = TokenSamples.claims().dropLast() + #","sub":"root"}"#
        let deep =
            TokenSamples.claims().dropLast() + ",\"x\":" + String(repeating: "[", count: 5000)
            + String(repeating: "]", count: 5000) + "}"
        for claims in [String(twice), String(deep), "[]", "null", ##"{"iss":"\ud800"}"##] {
            #expect(TokenSamples.refusal(token(claims), try verifier())?.reason == .tokenMalformed)
        }
    }

    @Test(
        "What is no token is refused",
        arguments: [
            "", ".", "..", "...", "a.b", "a.b.c.d", "e30.e30.e30", "e30=.e30.AAAA", "e30.e30.", "\u{0}.\u{0}.\u{0}",
        ]
    )
    func shapes(text: String) throws {
        #expect(TokenSamples.refusal(text, try verifier()) != nil)
    }

    @Test("A kid that nobody knows is told with those that are known")
    func unknownKey() throws {
        let refusal = TokenSamples.refusal(
            token(TokenSamples.claims(), header: #"{"alg":"HS256","kid":"old"}"#),
            try verifier()
        )
        #expect(refusal?.reason == .tokenKeyUnknown)
        #expect(refusal?.detail == #"kid is "old"; known are k"#)
    }

    @Test(
        "A key set with nothing to verify with is refused",
        arguments: [
            "", "{}", #"{"keys":[]}"#, #"{"keys":[{"kty":"oct","kid":"a","k":"AAAA"}]}"#,
            #"{"keys":[{"kty":"RSA","kid":"a","n":"AQAB","e":"AQAB"}]}"#,
            #"{"keys":[{"kty":"EC","crv":"P-256","kid":"a","x":"AAAA","y":"AAAA"}]}"#,
            #"{"keys":[{"kty":"OKP","crv":"X25519","kid":"a","x":"AAAA"}]}"#, #"{"keys":[{"use":"enc"}]}"#,
        ]
    )
    func keySets(text: String) {
        #expect(throws: AuthFileError.self) { _ = try KeySet(text) }
    }
}
