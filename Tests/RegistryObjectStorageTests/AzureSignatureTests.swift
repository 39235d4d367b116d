//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryObjectStorage
import RegistryTelemetry
import Testing

/// The signatures are those that the SDK of the vendor makes of the same requests: `SharedKeyCredentialPolicy` and
/// `BlobSharedAccessSignature` of azure-storage-blob 12.19.1.
@Suite("Signatures of Azure")
struct AzureSignatureTests {
    /// The key that Azure's documentation gives to everybody, of the account `devstoreaccount1`.
    private static let secret =
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
    private static let dated = [
        (name: "x-ms-date", value: "Fri, 26 Jun 2015 23:39:12 GMT"), (name: "x-ms-version", value: "2021-12-02"),
    ]

    private let key: AzureSharedKey

    init() throws { key = try #require(AzureSharedKey(account: "devstoreaccount1", key: Self.secret)) }

    @Test("are the vendor's own: a request with a query")
    func query() {
        let request = AzureSharedKey.Request(
            "GET",
            path: "/mycontainer",
            query: [("restype", "container"), ("comp", "list"), ("prefix", "a/b c"), ("maxresults", "5000")],
            headers: Self.dated
        )
        let expected = "SharedKey devstoreaccount1:QGIcPn33qf+JKqZe5Fmh+HFLddmY6da5B5wbHw4wKgw="
        #expect(key.authorization(request) == expected)
    }

    @Test("are the vendor's own: a request with a body and metadata, where the account stands in the path")
    func body() {
        let request = AzureSharedKey.Request(
            "PUT",
            path: "/devstoreaccount1/mycontainer/a/b%20c",
            query: [("comp", "block"), ("blockid", "AAAA+/==")],
            headers: [
                ("Content-Type", "application/octet-stream"), ("x-ms-meta-plimsoll", "whole"),
                ("x-ms-blob-type", "BlockBlob"),
            ] + Self.dated,
            length: 11
        )
        let expected = "SharedKey devstoreaccount1:zdPh0mOHBXFgYvuOLHAErYrQPYwYaSJYhCzWq+EfEPk="
        #expect(key.authorization(request) == expected)
    }

    @Test("are the vendor's own: a request with a condition")
    func condition() {
        let request = AzureSharedKey.Request(
            "DELETE",
            path: "/c/k",
            headers: [("if-match", "\"0x8D\""), ("x-ms-delete-snapshots", "include")] + Self.dated
        )
        let expected = "SharedKey devstoreaccount1:H37KssiQBOlsqmEtpoceOl2cwNUHPEIyhQ+enO4D98Y="
        #expect(key.authorization(request) == expected)
    }

    private static func access(isSecure: Bool) throws -> AzureSharedAccess {
        AzureSharedAccess(
            account: "devstoreaccount1",
            container: "mycontainer",
            key: "docker/registry/v2/a b",
            expiry: try #require(WallTime(rfc3339: "2026-11-28T23:41:29Z".utf8)),
            isSecure: isSecure
        )
    }

    @Test("let anybody read one blob, by the account's key")
    func sharedAccess() throws {
        let end = "2026-11-28T23%3A41%3A29Z"
        #expect(
            try Self.access(isSecure: true).query(key)
                == "sp=r&se=\(end)&spr=https&sv=2021-12-02&sr=b&sig=Qxut6abk3AstA10c2s1Y5oR8Z5zcriJIcHKEGcBWl7E%3D"
        )
        #expect(
            try Self.access(isSecure: false).query(key)
                == "sp=r&se=\(end)&spr=https%2Chttp&sv=2021-12-02&sr=b"
                + "&sig=TAOkLR7jWlwZVPAkFaIWWhbEfMRfYb3n%2B1rUUoYiuyI%3D"
        )
    }

    @Test("let anybody read one blob, by a key of an identity")
    func delegation() throws {
        let document = """
            <?xml version="1.0" encoding="utf-8"?><UserDelegationKey><SignedOid>8a1b</SignedOid><SignedTid>7c2d</SignedTid>\
            <SignedStart>2026-11-28T00:00:00Z</SignedStart><SignedExpiry>2026-11-29T00:00:00Z</SignedExpiry>\
            <SignedService>b</SignedService><SignedVersion>2021-12-02</SignedVersion><Value>\(Self.secret)</Value>\
            </UserDelegationKey>
            """
        let delegated = try #require(AzureDelegationKey(ByteBuffer(string: document)))
        #expect(
            try Self.access(isSecure: true).query(delegated)
                == "sp=r&se=2026-11-28T23%3A41%3A29Z&spr=https&sv=2021-12-02&sr=b&skoid=8a1b&sktid=7c2d"
                + "&skt=2026-11-28T00%3A00%3A00Z&ske=2026-11-29T00%3A00%3A00Z&sks=b&skv=2021-12-02"
                + "&sig=EQZ%2BiJvZGW6aIkxjazuO1A6NxyDpvnrKmGosLRYxORw%3D"
        )
        #expect(!"\(delegated) \(key)".contains(Self.secret.prefix(8)))
    }

    @Test("Connection strings name the account, its key and its address")
    func connectionStrings() throws {
        let usual = try #require(
            AzureConnectionString(
                "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5==;EndpointSuffix=core.chinacloudapi.cn"
            )
        )
        #expect(usual.account == "acme" && usual.key == "a2V5==" && usual.signature == nil)
        #expect(usual.serviceURL == "https://acme.blob.core.chinacloudapi.cn")
        let signed = try #require(
            AzureConnectionString("BlobEndpoint=https://acme.blob.example.com/;SharedAccessSignature=?sv=1&sig=a%3D")
        )
        #expect(signed.account == "acme" && signed.key == nil && signed.signature == "sv=1&sig=a%3D")
        #expect(AzureConnectionString("UseDevelopmentStorage=true;")?.key == Self.secret)
        #expect(AzureConnectionString("AccountName=acme") == nil)
        #expect(AzureConnectionString("AccountName") == nil)
        #expect(!"\(usual) \(signed)".contains("a2V5") && !"\(signed)".contains("sig="))
    }

    @Test("Addresses are of the account's host, or have the account in their path")
    func endpoints() throws {
        let own = AzureEndpoint(account: "acme", container: "registry")
        #expect(own.host == "acme.blob.core.windows.net" && own.prefix.isEmpty)
        let told = try #require(
            AzureEndpoint(serviceURL: "http://127.0.0.1:10000/acme/", account: "acme", container: "registry")
        )
        #expect(told.host == "127.0.0.1:10000" && told.prefix == "/acme")
        for wrong in ["acme.blob", "ftp://a", "https://", "https://a/?b", "https://a b"] {
            #expect(AzureEndpoint(serviceURL: wrong, account: "a", container: "c") == nil, "\(wrong)")
        }
    }
}
