//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryObjectStorage
import RegistryTelemetry
import Testing

/// The examples of the Amazon S3 API reference: "Signature Calculations for the Authorization Header" and
/// "Authenticating Requests: Using Query Parameters".
@Suite("Signatures of AWS, version 4")
struct SignatureV4Tests {
    private static let credentials = S3Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
    private static let host = "examplebucket.s3.amazonaws.com"
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    private func signature(_ request: SignatureV4.Request) throws -> String {
        let time = try #require(WallTime(rfc3339: "2013-05-24T00:00:00Z".utf8))
        let headers = SignatureV4(region: "us-east-1").headers(request, Self.credentials, at: time)
        let value = try #require(headers.first { $0.name == "Authorization" }?.value)
        #expect(value.contains("Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "))
        return String(value.split(separator: "=").last ?? "")
    }

    @Test("are the published ones")
    func published() throws {
        let range = SignatureV4.Request(
            "GET",
            host: Self.host,
            path: "/test.txt",
            headers: [("Range", "bytes=0-9")],
            payloadHash: Self.empty
        )
        #expect(try signature(range) == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
        let put = SignatureV4.Request(
            "PUT",
            host: Self.host,
            path: "/test%24file.text",
            headers: [("Date", "Fri, 24 May 2013 00:00:00 GMT"), ("x-amz-storage-class", "REDUCED_REDUNDANCY")],
            payloadHash: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
        )
        #expect(try signature(put) == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
        let lifecycle = SignatureV4.Request(
            "GET",
            host: Self.host,
            path: "/",
            query: [("lifecycle", "")],
            payloadHash: Self.empty
        )
        #expect(try signature(lifecycle) == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
        let list = SignatureV4.Request(
            "GET",
            host: Self.host,
            path: "/",
            query: [("prefix", "J"), ("max-keys", "2")],
            payloadHash: Self.empty
        )
        #expect(try signature(list) == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("of addresses are the published one")
    func presigned() throws {
        let time = try #require(WallTime(rfc3339: "2013-05-24T00:00:00Z".utf8))
        let request = SignatureV4.Request("GET", host: Self.host, path: "/test.txt")
        let query = SignatureV4(region: "us-east-1")
            .presignedQuery(request, Self.credentials, at: time, validFor: .seconds(86_400))
        #expect(query.hasSuffix("&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"))
        #expect(query.contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"))
    }
}
