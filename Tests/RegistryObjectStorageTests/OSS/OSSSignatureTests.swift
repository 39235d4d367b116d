//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import Testing

@testable import RegistryObjectStorage

/// The vectors are those of Aliyun's own library (alibabacloud-oss-python-sdk-v2, `tests/unit/signer`), which its other
/// languages have too.
@Suite("Signatures of Aliyun OSS")
struct OSSSignatureTests {
    private static func credentials(_ token: String? = nil) -> S3Credentials {
        S3Credentials("ak", "sk", sessionToken: token)
    }

    private static func time(_ seconds: Int64) -> WallTime { WallTime(microseconds: seconds * 1_000_000) }

    private static func request(_ type: String) -> SignatureV4.Request {
        SignatureV4.Request(
            "PUT",
            host: "bucket.oss-cn-hangzhou.aliyuncs.com",
            path: PercentCoding.encode("/1234+-/123/1.txt", keepsSlashes: true),
            query: [
                ("param1", "value1"), ("+param1", "value3"), ("|param1", "value4"), ("+param2", ""), ("|param2", ""),
                ("param2", ""),
            ],
            headers: [
                ("x-oss-head1", "value"), ("abc", "value"), ("ZAbc", "value"), ("XYZ", "value"), ("content-type", type),
            ]
        )
    }

    private static let version4 = OSSSignatureV4(region: "cn-hangzhou", folder: "/bucket")

    @Test(
        "of version 4 in a header are Aliyun's",
        arguments: [
            (1_702_743_657, nil, "20231216", "e21d18daa82167720f9b1047ae7e7f1ce7cb77a31e8203a7d5f4624fa0284afe"),
            (1_702_784_856, "token", "20231217", "b94a3f999cf85bcdc00d332fbd3734ba03e48382c36fa4d5af5df817395bd9ea"),
        ] as [(Int64, String?, String, String)]
    )
    func header(_ seconds: Int64, _ token: String?, _ day: String, _ signature: String) {
        let headers = Self.version4.headers(
            Self.request("text/plain"),
            Self.credentials(token),
            at: Self.time(seconds)
        )
        let scope = "ak/\(day)/cn-hangzhou/oss/aliyun_v4_request"
        #expect(
            headers.last?.value == "OSS4-HMAC-SHA256 Credential=\(scope),Signature=\(signature)"
        )
        #expect(headers.last?.name == "Authorization")
    }

    @Test(
        "of version 4 in an address are Aliyun's",
        arguments: [
            (1_702_781_677, nil, "a39966c61718be0d5b14e668088b3fa07601033f6518ac7b523100014269c0fe"),
            (1_702_785_388, "token", "3817ac9d206cd6dfc90f1c09c00be45005602e55898f26f5ddb06d7892e1f8b5"),
        ] as [(Int64, String?, String)]
    )
    func address(_ seconds: Int64, _ token: String?, _ signature: String) {
        let query = Self.version4.presignedQuery(
            Self.request("application/octet-stream"),
            Self.credentials(token),
            at: Self.time(seconds),
            validFor: .seconds(599)
        )
        let parts = query.split(separator: "&")
        #expect(parts.last == "x-oss-signature=\(signature)")
        #expect(parts.contains("x-oss-expires=599"))
        #expect(parts.contains { $0.hasPrefix("x-oss-credential=ak%2F20231217%2Fcn-hangzhou%2Foss%2F") })
    }

    private static let version1 = OSSSignatureV1(folder: "/examplebucket")
    // Wed, 28 Dec 2022 10:27:41 GMT
    private static let day: Int64 = 1_672_223_261

    @Test("of version 1 in a header are Aliyun's")
    func oldHeader() {
        let headers: [(name: String, value: String)] = [
            ("Content-MD5", "eB5eJF1ptWaXm4bijSPyxw=="), ("Content-Type", "text/html"), ("x-oss-meta-author", "alice"),
            ("x-oss-meta-magic", "abracadabra"),
        ]
        func authorization(
            _ method: String,
            _ path: String,
            _ query: [(name: String, value: String)],
            _ headers: [(name: String, value: String)]
        ) -> String? {
            let request = SignatureV4.Request(method, host: "x", path: path, query: query, headers: headers)
            return Self.version1.headers(request, Self.credentials(), at: Self.time(Self.day)).last?.value
        }
        #expect(authorization("PUT", "/nelson", [], headers) == "OSS ak:kSHKmLxlyEAKtZPkJhG9bZb5k7M=")
        #expect(authorization("PUT", "/nelson", [("acl", "")], headers) == "OSS ak:/afkugFbmWDQ967j1vr6zygBLQk=")
        let unsigned = [(name: "resourceGroup", value: ""), (name: "non-resousce", value: "null")]
        #expect(authorization("GET", "/", unsigned, []) == "OSS ak:vkQmfuUDyi1uDi3bKt67oemssIs=")
        let two = [(name: "resourceGroup", value: ""), (name: "acl", value: "")]
        #expect(authorization("GET", "/", two, []) == "OSS ak:x3E5TgOvl/i7PN618s5mEvpJDYk=")
    }

    @Test(
        "of version 1 in an address are Aliyun's",
        arguments: [
            ("/key", 1_699_807_420, nil, "dcLTea%2BYh9ApirQ8o8dOPqtvJXQ%3D"),
            ("/key+123", 1_699_808_204, "token", "jzKYRrM5y6Br0dRFPaTGOsbrDhY%3D"),
        ] as [(String, Int64, String?, String)]
    )
    func oldAddress(_ key: String, _ expiry: Int64, _ token: String?, _ signature: String) {
        let request = SignatureV4.Request(
            "GET",
            host: "bucket.oss-cn-hangzhou.aliyuncs.com",
            path: PercentCoding.encode(key, keepsSlashes: true),
            query: [("versionId", "versionId")]
        )
        let query = OSSSignatureV1(folder: "/bucket").presignedQuery(
            request,
            Self.credentials(token),
            at: Self.time(expiry - 60),
            validFor: .seconds(60)
        )
        #expect(query.split(separator: "&").contains("Signature=\(signature)"))
        #expect(query.contains("Expires=\(expiry)&OSSAccessKeyId=ak"))
    }
}
