//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTestKit
import Testing

@Suite("Lists of tags and repositories", .timeLimit(.minutes(5)))
struct ListTests {
    /// In byte order: digits, capitals, the underscore, small letters.
    private static let tags = ["0", "10", "9", "A", "B", "Z", "_", "a", "a-", "a.", "aa", "b"]
    /// A slash comes after `-` and `.`, and before digits and letters.
    private static let names = ["a", "a-b", "a.b", "a/b", "a/b-c", "a/b/c", "a0", "aa", "b/c", "c-d/e", "c/d"]

    private static func tagList(_ tags: some Collection<String>) -> String {
        #"{"name":"x","tags":[\#(tags.map { "\"\($0)\"" }.joined(separator: ","))]}"#
    }

    private static func catalog(_ names: some Collection<String>) -> String {
        #"{"repositories":[\#(names.map { "\"\($0)\"" }.joined(separator: ","))]}"#
    }

    /// Follows the links from page to page.
    private static func pages(_ client: WireClient, _ first: String) async throws -> [WireResponse] {
        var pages = [try await client.get(first)]
        while let link = pages.last?["link"] {
            #expect(link.hasPrefix("<") && link.hasSuffix(#">; rel="next""#))
            pages.append(try await client.get(String(link.dropFirst().prefix { $0 != ">" })))
        }
        return pages
    }

    private static func pushTags(_ client: WireClient) async throws {
        let image = try await client.pushImage(to: "x")
        for tag in tags.reversed() { _ = try await client.put(image.manifest, as: tag, to: "x") }
    }

    @Test("Tags come in byte order, all at once, without n", arguments: TestStorage.allCases)
    func tagOrder(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { setup in
            setup.options.maximumTags = 3
        } _: { client, _ in
            try await Self.pushTags(client)
            let response = try await client.get("/v2/x/tags/list")
            #expect(response.text == Self.tagList(Self.tags))
            #expect(response["link"] == nil)
            #expect(response["content-type"] == "application/json")
        }
    }

    @Test("Pages of tags join to the whole", arguments: TestStorage.allCases, [1, 2, 5, 11, 12, 13, 1000])
    func tagPages(storage: TestStorage, size: Int) async throws {
        try await TestRegistry.client(storage) { client, registry in
            try await Self.pushTags(client)
            let pages = try await Self.pages(client, "/v2/x/tags/list?n=\(size)")
            #expect(pages.count == max(1, (Self.tags.count + size - 1) / size))
            for (number, page) in pages.enumerated() {
                #expect(page.text == Self.tagList(Self.tags.dropFirst(number * size).prefix(size)))
            }
            if size == 5 {
                #expect(
                    pages[0]["link"] == "<http://127.0.0.1:\(registry.port)/v2/x/tags/list?last=B&n=5>; rel=\"next\""
                )
            }
        }
    }

    @Test("last is exclusive, and need not be there", arguments: TestStorage.allCases)
    func tagLast(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            try await Self.pushTags(client)
            for (last, count) in [("0", 11), ("A", 8), ("a", 4), ("a%2E", 2), ("M", 7), ("zzz", 0), ("", 12), ("b", 0)]
            {
                let response = try await client.get("/v2/x/tags/list?last=\(last)")
                #expect(response.text == Self.tagList(Self.tags.suffix(count)), "\(last)")
                #expect(response["link"] == nil)
            }
            let page = try await client.get("/v2/x/tags/list?n=2&last=Z")
            #expect(page.text == Self.tagList(["_", "a"]))
        }
    }

    @Test("n of 0 is an empty page that leads nowhere", arguments: TestStorage.allCases)
    func zero(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            try await Self.pushTags(client)
            for (path, body) in [("/v2/x/tags/list", Self.tagList([])), ("/v2/_catalog", Self.catalog([]))] {
                let response = try await client.get("\(path)?n=0")
                #expect(response.status == 200)
                #expect(response.text == body)
                #expect(response["link"] == nil)
            }
        }
    }

    @Test(
        "n that is no number is PAGINATION_NUMBER_INVALID",
        arguments: ["-1", "", "x", "1.5", "%31x", "0x10", " 1", "+1", "%"]
    )
    func badNumber(text: String) async throws {
        try await TestRegistry.client(.inMemory) { client, _ in
            try await client.pushImage(to: "x")
            for path in ["/v2/x/tags/list", "/v2/_catalog", "/v2/x/referrers/\(Digest.of([]))"] {
                let response = try await client.get("\(path)?n=\(text.replacing(" ", with: "%20"))")
                #expect(response.status == 400, "\(path)")
                #expect(response.errorCode == "PAGINATION_NUMBER_INVALID", "\(path)")
            }
        }
    }

    @Test("No page is larger than the configuration allows", arguments: ["5", "4000000000", "99999999999999999999999"])
    func maximum(number: String) async throws {
        try await TestRegistry.client(.inMemory) { setup in
            setup.options.maximumTags = 4
            setup.options.maximumCatalogEntries = 2
        } _: { client, registry in
            try await Self.pushTags(client)
            for name in ["y", "z"] { try await client.pushImage(to: name) }
            let tags = try await client.get("/v2/x/tags/list?n=\(number)")
            #expect(tags.text == Self.tagList(Self.tags.prefix(4)))
            #expect(tags["link"] == "<http://127.0.0.1:\(registry.port)/v2/x/tags/list?last=A&n=4>; rel=\"next\"")
            for query in ["", "?n=\(number)"] {
                let names = try await client.get("/v2/_catalog\(query)")
                #expect(names.text == Self.catalog(["x", "y"]))
                #expect(names["link"] == "<http://127.0.0.1:\(registry.port)/v2/_catalog?last=y&n=2>; rel=\"next\"")
            }
        }
    }

    @Test(
        "A repository without tags has an empty list, and what is no repository is NAME_UNKNOWN",
        arguments: TestStorage.allCases
    )
    func noTags(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            try await client.push([1], to: "x/y")
            #expect(try await client.get("/v2/x/y/tags/list").text == #"{"name":"x/y","tags":[]}"#)
            try await client.pushImage(to: "x/y", reference: "latest")
            _ = try await client.delete("/v2/x/y/manifests/latest")
            #expect(try await client.get("/v2/x/y/tags/list").text == #"{"name":"x/y","tags":[]}"#)
            // A folder on the way to a repository is none, nor is one into which an upload was begun only.
            _ = try await client.begin(in: "z")
            for name in ["x", "z", "nowhere", "x/y/z"] {
                let response = try await client.get("/v2/\(name)/tags/list")
                #expect(response.status == 404, "\(name)")
                #expect(response.errorCode == "NAME_UNKNOWN", "\(name)")
            }
            #expect(try await client.get("/v2/_catalog").text == Self.catalog(["x/y"]))
        }
    }

    @Test(
        "Repositories come in byte order of their whole names",
        arguments: TestStorage.allCases,
        [nil, 1, 2, 3, 7, 100]
    )
    func catalogPages(storage: TestStorage, size: Int?) async throws {
        try await TestRegistry.client(storage) { client, _ in
            for name in Self.names.reversed() { try await client.push([1], to: name) }
            let pages = try await Self.pages(client, "/v2/_catalog" + (size.map { "?n=\($0)" } ?? ""))
            let page = size ?? 100
            #expect(pages.count == (Self.names.count + page - 1) / page)
            for (number, response) in pages.enumerated() {
                #expect(response.text == Self.catalog(Self.names.dropFirst(number * page).prefix(page)))
            }
        }
    }

    @Test("last of the catalog is exclusive, and need not be a name", arguments: TestStorage.allCases)
    func catalogLast(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            for name in Self.names { try await client.push([1], to: name) }
            for (position, name) in Self.names.enumerated() {
                let encoded = name.replacing("/", with: "%2F")
                let rest = try await client.get("/v2/_catalog?last=\(encoded)")
                #expect(rest.text == Self.catalog(Self.names.dropFirst(position + 1)), "\(name)")
            }
            for (last, first) in [("a/", "a/b"), ("a/b/zzz", "a0"), ("A", "a"), ("a-b/", "a.b"), ("../..", "a")] {
                let rest = try await client.get("/v2/_catalog?last=\(last)")
                #expect(rest.text == Self.catalog(Self.names.drop { $0 != first }), "\(last)")
            }
            #expect(try await client.get("/v2/_catalog?last=zzz").text == Self.catalog([]))
        }
    }

    @Test("An empty registry has an empty catalog", arguments: TestStorage.allCases)
    func emptyCatalog(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let response = try await client.get("/v2/_catalog")
            #expect(response.status == 200)
            #expect(response.text == #"{"repositories":[]}"#)
        }
    }
}
