//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel
import Testing

@testable import RegistryACME

@Suite("Signed requests to an ACME server")
struct SignedRequestTests {
    private func parts(_ request: SignedRequest, _ key: SigningKey) throws -> (header: StrictJSON, payload: String) {
        let body = try StrictJSON(try request.body(signedBy: key))
        let protected = try #require(body["protected"]?.string)
        let payload = try #require(body["payload"]?.string)
        let signature = try #require(body["signature"]?.string.flatMap(Base64URL.decode))
        let header = try StrictJSON(try #require(Base64URL.decode(protected)))
        // By the public key that stands in it, or by that of the key.
        let jwk = try StrictJSON(Array(key.publicJWK.text.utf8))
        let (x, y) = (
            try #require(jwk["x"]?.string.flatMap(Base64URL.decode)),
            try #require(jwk["y"]?.string.flatMap(Base64URL.decode))
        )
        #expect(x.count == 32 && y.count == 32)
        let verifier = try #require(plimsoll_ec_key(256, x, y, 32))
        defer { plimsoll_free_key(verifier) }
        let message = Array("\(protected).\(payload)".utf8)
        #expect(plimsoll_verify_ecdsa(verifier, 256, message, message.count, signature, signature.count) == 1)
        return (header, String(decoding: try #require(Base64URL.decode(payload)), as: UTF8.self))
    }

    @Test("A new account shows its key, and the signature is that key's")
    func newAccount() throws {
        let key = try SigningKey()
        let request = SignedRequest(
            identity: .key,
            payload: .json(.object([("a", .string("\"b\""))])),
            url: "https://acme.example/new",
            nonce: "n-1"
        )
        let (header, payload) = try parts(request, key)
        #expect(payload == #"{"a":"\"b\""}"#)
        #expect(header["alg"] == .string("ES256"))
        #expect(header["nonce"] == .string("n-1") && header["url"] == .string("https://acme.example/new"))
        #expect(header["jwk"]?["kty"] == .string("EC") && header["jwk"]?["d"] == nil)
        #expect(header["kid"] == nil)
    }

    @Test("What is read is signed too, with nothing in it, in the name of the account")
    func reading() throws {
        let request = SignedRequest(identity: .account("https://a/1"), payload: .none, url: "https://a/2", nonce: "n")
        let (header, payload) = try parts(request, try SigningKey())
        #expect(payload.isEmpty)
        #expect(header["kid"] == .string("https://a/1") && header["jwk"] == nil)
    }

    @Test("Many signatures are whole, also where a number begins with zeros")
    func padding() throws {
        let key = try SigningKey()
        for number in 0..<600 {
            _ = try parts(SignedRequest(identity: .key, payload: .none, url: "u", nonce: "\(number)"), key)
        }
    }
}
