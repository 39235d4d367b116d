//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryObjectStorage

@Suite("Where clients are sent for blobs", .timeLimit(.minutes(5)))
struct RedirectMiddlewareTests {
    private static let path = StoragePath.root.appending("docker/registry/v2/blobs/sha256/ab/abcd/data")
    private static let stored = "https://bucket.s3.amazonaws.com/root/docker/x%20y/data?X-Amz-Signature=a/b"

    private func address(_ middleware: [any RedirectMiddleware], client: String? = nil, stored: String? = stored)
        async throws -> String?
    {
        let request = RedirectRequest(client: client)
        return try await middleware.address(of: Self.path, for: request) { () async throws(StorageError) in stored }
    }

    @Test("Without any it is the storage's address")
    func none() async throws {
        #expect(try await address([]) == Self.stored)
        #expect(try await address([], stored: nil) == nil)
    }

    @Test("redirect sends to the same path elsewhere, wherever the storage would send")
    func redirect() async throws {
        let expected = "https://cdn.example.com:8443/some/base/docker/registry/v2/blobs/sha256/ab/abcd/data"
        #expect(try await address([RedirectToBase("https://cdn.example.com:8443/some/base")]) == expected)
        #expect(try await address([RedirectToBase("https://cdn.example.com:8443/some/base")], stored: nil) == expected)
    }

    @Test(
        "rewrite changes scheme, host and the path's beginning, and nothing else",
        arguments: [
            (nil, nil, nil, stored),
            ("http", nil, nil, "http://bucket.s3.amazonaws.com/root/docker/x%20y/data?X-Amz-Signature=a/b"),
            (nil, "cdn:81", nil, "https://cdn:81/root/docker/x%20y/data?X-Amz-Signature=a/b"),
            (nil, nil, "/root", "https://bucket.s3.amazonaws.com/docker/x%20y/data?X-Amz-Signature=a/b"),
            (nil, nil, "/root/", "https://bucket.s3.amazonaws.com/docker/x%20y/data?X-Amz-Signature=a/b"),
            (nil, nil, "/root/docker/x y", "https://bucket.s3.amazonaws.com/data?X-Amz-Signature=a/b"),
            (nil, nil, "/docker", stored),
            ("http", "h", "/root/docker", "http://h/x%20y/data?X-Amz-Signature=a/b"),
        ] as [(String?, String?, String?, String)]
    )
    func rewrite(scheme: String?, host: String?, prefix: String?, expected: String) async throws {
        let middleware = RewriteAddress(scheme: scheme, host: host, trimming: prefix)
        #expect(try await address([middleware]) == expected)
        #expect(try await address([middleware], stored: nil) == nil)
    }

    @Test("Each has the one before it within")
    func order() async throws {
        let redirect = RedirectToBase("https://cdn.example.com")
        let rewrite = RewriteAddress(scheme: "http", host: "other", trimming: "/docker")
        #expect(
            try await address([redirect, rewrite]) == "http://other/registry/v2/blobs/sha256/ab/abcd/data"
        )
        #expect(
            try await address([rewrite, redirect])
                == "https://cdn.example.com/docker/registry/v2/blobs/sha256/ab/abcd/data"
        )
    }

    @Test(
        "CloudFront's addresses have a signature that openssl verifies",
        arguments: ["genrsa", "genrsa -traditional"]
    )
    func cloudFront(_ generation: String) async throws {
        let folder = try TemporaryFolder()
        let key = folder.path + "/key.pem"
        try await Tool.output("openssl", generation.split(separator: " ").map { String($0) } + ["-out", key, "2048"])
        try await Tool.output("openssl", ["rsa", "-in", key, "-pubout", "-out", folder.path + "/public.pem"])
        let pem = try String(contentsOfFile: key, encoding: .utf8)
        let middleware = CloudFrontRedirect(
            "https://d111111abcdef8.cloudfront.net/base",
            keys: ObjectKeys(root: "/some/root"),
            key: try #require(RSASigningKey(pem: pem)),
            keyPairID: "APKAEXAMPLE",
            duration: .seconds(90),
            ranges: nil,
            pool: .forTests,
            now: { WallTime(microseconds: 1_700_000_000_900_000) }
        )
        let address = try #require(try await address([middleware]))
        let signed = try #require(CloudFrontAddress(address))
        #expect(
            signed.resource
                == "https://d111111abcdef8.cloudfront.net/base/some/root/docker/registry/v2/blobs/sha256/ab/abcd/data"
        )
        #expect(signed.end == 1_700_000_090)
        #expect(signed.keyPairID == "APKAEXAMPLE")
        #expect(try await signed.signs(signed.policy, folder.path + "/public.pem"))
        #expect(try await !signed.signs(signed.policy + " ", folder.path + "/public.pem"))
        // What is no bucket is not known there.
        let other = CloudFrontRedirect(
            "https://d.cloudfront.net",
            keys: nil,
            key: try #require(RSASigningKey(pem: pem)),
            keyPairID: "K",
            duration: .seconds(1),
            ranges: nil,
            pool: .forTests
        )
        #expect(try await self.address([other]) == Self.stored)
    }

    private static let list = """
        {"syncToken": "1", "prefixes": [
          {"ip_prefix": "10.1.0.0/16", "region": "eu-central-1", "service": "AMAZON"},
          {"ip_prefix": "10.1.2.0/24", "region": "us-east-1", "service": "EC2"},
          {"ip_prefix": "192.0.2.7/32", "region": "us-east-1", "service": "EC2"},
          {"ip_prefix": "nonsense", "region": "us-east-1"}, {"region": "us-east-1"}],
         "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/32", "region": "eu-central-1", "service": "AMAZON"}]}
        """

    @Test("Addresses of AWS are told from others, by region")
    func ranges() throws {
        let all = try #require(AddressRanges(list: Array(Self.list.utf8), regions: []))
        for address in ["10.1.0.0", "10.1.255.255", "10.1.2.3", "192.0.2.7", "2001:db8:ffff::1", "::ffff:10.1.2.3"] {
            #expect(all.contains(address), "\(address)")
        }
        for address in ["10.0.255.255", "10.2.0.0", "192.0.2.6", "192.0.2.8", "2001:db9::", "::1", "", "10.1", "x"] {
            #expect(!all.contains(address), "\(address)")
        }
        let some = try #require(AddressRanges(list: Array(Self.list.utf8), regions: ["us-east-1"]))
        #expect(some.contains("10.1.2.3") && !some.contains("10.1.3.3") && !some.contains("2001:db8::1"))
        let everything = #"{"prefixes": [{"ip_prefix": "0.0.0.0/0"}], "ipv6_prefixes": [{"ipv6_prefix": "::/0"}]}"#
        let whole = try #require(AddressRanges(list: Array(everything.utf8), regions: []))
        #expect(whole.contains("255.255.255.255") && whole.contains("ffff::"))
        for text in ["", "[]", "{", #"{"prefixes": 1}"#] {
            #expect(AddressRanges(list: Array(text.utf8), regions: []) == nil, "\(text)")
        }
    }
}
