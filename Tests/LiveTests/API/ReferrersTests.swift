//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Referrers", .timeLimit(.minutes(5)))
struct ReferrersTests {
    private static let subject = Digest.of(Array("a subject that was never pushed".utf8))
    private static let empty =
        #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}"#

    private static func artifact(_ type: String) -> String { #","artifactType":"\#(type)""# }

    @Test("There is a list for any digest, empty where nothing refers", arguments: TestStorage.allCases)
    func empty(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a")
            for target in [
                "a/referrers/\(image.digest)", "a/referrers/\(Self.subject)", "nowhere/referrers/\(Self.subject)",
            ] {
                let response = try await client.get("/v2/\(target)")
                #expect(response.status == 200)
                #expect(response.text == Self.empty)
                #expect(response["content-type"] == MediaType.ociIndex.description)
                #expect(response["oci-filters-applied"] == nil)
            }
        }
    }

    @Test("A push with a subject says that it was understood", arguments: TestStorage.allCases)
    func header(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a")
            let index = Samples.index([(image.digest, image.manifest.count)], extra: Samples.subject(Self.subject))
            let response = try await client.put(index, as: "x", to: "a", type: .ociIndex)
            #expect(response.status == 201)
            #expect(response["oci-subject"] == Self.subject.description)
        }
    }

    @Test(
        "A referrer is listed with its size, type and annotations, before and after its subject",
        arguments: TestStorage.allCases
    )
    func entry(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = WireClient.manifest(configuration: Array("{}".utf8), layers: [])
            let extra =
                Samples.subject(Digest.of(image), size: image.count) + Self.artifact("application/vnd.example.sbom")
                + #","annotations":{"b":"2 \"quoted\"","a":"1"}"#
            let referrer = try await client.pushImage(to: "a", extra: extra)
            let expected = """
                {"schemaVersion":2,"mediaType":"\(MediaType.ociIndex)","manifests":[{"mediaType":"\(MediaType.ociManifest)",\
                "digest":"\(referrer.digest)","size":\(referrer.manifest.count),\
                "artifactType":"application/vnd.example.sbom","annotations":{"a":"1","b":"2 \\"quoted\\""}}]}
                """
            #expect(try await client.get("/v2/a/referrers/\(Digest.of(image))").text == expected)
            #expect(try await client.pushImage(to: "a", reference: "latest").digest == Digest.of(image))
            #expect(try await client.get("/v2/a/referrers/\(Digest.of(image))").text == expected)
            // Other repositories have their own.
            try await client.pushImage(to: "b")
            #expect(try await client.get("/v2/b/referrers/\(Digest.of(image))").text == Self.empty)
        }
    }

    @Test(
        "Without an artifactType an image has its configuration's type, and an index has none",
        arguments: TestStorage.allCases
    )
    func artifactType(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let image = try await client.pushImage(to: "a", extra: Samples.subject(Self.subject))
            let list = try await client.get("/v2/a/referrers/\(Self.subject)").text
            #expect(list.contains(#""artifactType":"application/vnd.oci.image.config.v1+json""#))
            _ = try await client.delete("/v2/a/manifests/\(image.digest)")
            let index = Samples.index([], extra: Samples.subject(Self.subject))
            #expect(try await client.put(index, as: "x", to: "a", type: .ociIndex).status == 201)
            let indexOnly = try await client.get("/v2/a/referrers/\(Self.subject)").text
            #expect(indexOnly.contains(Digest.of(index).description))
            #expect(!indexOnly.contains("artifactType"))
        }
    }

    @Test("A filter leaves what has that type, and says that it was applied", arguments: TestStorage.allCases)
    func filter(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let types = ["application/vnd.a+json", "application/vnd.b"]
            var digests: [Digest] = []
            for type in types {
                let extra = Samples.subject(Self.subject) + Self.artifact(type)
                digests.append(try await client.pushImage(to: "a", extra: extra).digest)
            }
            for (encoded, digest) in zip(["application/vnd.a%2Bjson", "application%2Fvnd.b"], digests) {
                let response = try await client.get("/v2/a/referrers/\(Self.subject)?artifactType=\(encoded)")
                #expect(response["oci-filters-applied"] == "artifactType")
                for other in digests { #expect(response.text.contains(other.description) == (other == digest)) }
            }
            let none = try await client.get("/v2/a/referrers/\(Self.subject)?artifactType=application/vnd.c")
            #expect(none.text == Self.empty)
            #expect(none["oci-filters-applied"] == "artifactType")
            let all = try await client.get("/v2/a/referrers/\(Self.subject)?artifactType=")
            #expect(all["oci-filters-applied"] == nil)
            #expect(digests.allSatisfy { all.text.contains($0.description) })
        }
    }

    @Test("Pages join to the whole, in byte order of digests, and keep the filter", arguments: TestStorage.allCases)
    func pages(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            var digests: [String] = []
            for number in 0..<5 {
                let extra =
                    Samples.subject(Self.subject) + Self.artifact("application/x+y") + Samples.annotation("\(number)")
                digests.append(try await client.pushImage(to: "a", extra: extra).digest.description)
            }
            digests.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            var target: String? = "/v2/a/referrers/\(Self.subject)?n=2&artifactType=application/x%2By"
            var found: [String] = []
            while let next = target {
                let response = try await client.get(next)
                #expect(response["oci-filters-applied"] == "artifactType")
                found += digests.filter { response.text.contains($0) }
                target = response["link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
                if let target {
                    let last = (found.last ?? "").replacing(":", with: "%3A")
                    #expect(
                        target == "http://127.0.0.1:\(registry.port)/v2/a/referrers/\(Self.subject)"
                            + "?last=\(last)&n=2&artifactType=application%2Fx%2By"
                    )
                }
            }
            #expect(found == digests)
        }
    }

    @Test("A deleted referrer is gone from the list at once", arguments: TestStorage.allCases)
    func delete(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, _ in
            let referrer = try await client.pushImage(to: "a", reference: "x", extra: Samples.subject(Self.subject))
            #expect(try await client.get("/v2/a/referrers/\(Self.subject)").text != Self.empty)
            _ = try await client.delete("/v2/a/manifests/x")
            #expect(try await client.get("/v2/a/referrers/\(Self.subject)").text != Self.empty)
            _ = try await client.delete("/v2/a/manifests/\(referrer.digest)")
            #expect(try await client.get("/v2/a/referrers/\(Self.subject)").text == Self.empty)
        }
    }

    @Test("Referrers that were there before the server started are found", arguments: TestStorage.allCases)
    func restart(storage: TestStorage) async throws {
        try await storage.with { driver in
            let digest = try await TestRegistry.with(driver: driver) { registry in
                try await WireClient(port: registry.port).pushImage(to: "a", extra: Samples.subject(Self.subject))
                    .digest
            }
            try await TestRegistry.with(driver: driver) { registry in
                let response = try await WireClient(port: registry.port).get("/v2/a/referrers/\(Self.subject)")
                #expect(response.text.contains(digest.description))
            }
        }
    }
}
