//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObjectStorage

@Suite("Signatures of Google Cloud Storage")
struct GCSSignatureTests {
    @Test("are those of Google's test vectors", arguments: GCSSignatureVector.all)
    func vectors(_ vector: GCSSignatureVector) throws {
        let key = try #require(RSASigningKey(pem: GCSSignatureVector.privateKey))
        var request = GCSSignedRequest(
            vector.method,
            host: vector.host,
            path: PercentCoding.encode(vector.path, keepsSlashes: true)
        )
        request.query = vector.query
        request.headers = vector.headers
        let time = try #require(WallTime(rfc3339: vector.time.utf8))
        let prepared = request.prepare(
            account: GCSSignatureVector.account,
            at: time,
            validFor: .seconds(vector.seconds)
        )
        #expect(prepared.stringToSign == vector.stringToSign)
        let signature = try #require(key.sign(Array(prepared.stringToSign.utf8)))
        #expect(prepared.url + Digesting.hexadecimal(signature) == vector.url)
    }

    @Test("An assertion is what RFC 7523 wants, and its signature fits the account's key")
    func assertion() throws {
        let key = try #require(
            GCSServiceAccountKey([
                "client_email": GCSSignatureVector.account, "private_key": GCSSignatureVector.privateKey,
                "private_key_id": "some-key", "token_uri": "https://oauth2.example/token",
            ])
        )
        let time = try #require(WallTime(rfc3339: "2026-11-28T12:00:00Z".utf8))
        let parts = try #require(key.assertion(scope: "a b", at: time)).split(separator: ".").map(String.init)
        #expect(parts.count == 3)
        let header = try StrictJSON(try #require(Base64URL.decode(parts[0])))
        #expect(header["alg"]?.string == "RS256" && header["kid"]?.string == "some-key")
        let claims = try StrictJSON(try #require(Base64URL.decode(parts[1])))
        #expect(claims["iss"]?.string == GCSSignatureVector.account)
        #expect(claims["scope"]?.string == "a b" && claims["aud"]?.string == "https://oauth2.example/token")
        #expect(claims["iat"]?.number == 1_795_867_200 && claims["exp"]?.number == 1_795_870_800)
        #expect("\(key)" == GCSSignatureVector.account)
    }

    /// RFC 7515 appendix A.2.1: the example's header, claims and signature, of the key that stands there.
    @Test("A JSON web signature is that of RFC 7515's example")
    func jsonWebSignature() throws {
        let key = try #require(RSASigningKey(pem: JSONWebSignatureSample.privateKey))
        let text = GCSServiceAccountKey.sign(JSONWebSignatureSample.header, JSONWebSignatureSample.claims, with: key)
        #expect(text == JSONWebSignatureSample.text)
    }

    @Test(
        "What is no RSA key is none",
        arguments: ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
    )
    func noKey(_ text: String) {
        #expect(RSASigningKey(pem: text) == nil)
        #expect(GCSServiceAccountKey(["client_email": "a@b", "private_key": text]) == nil)
    }
}
