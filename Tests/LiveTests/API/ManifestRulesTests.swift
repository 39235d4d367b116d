//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryStorage
import RegistryTestKit
import Testing

@Suite("Rules for what may be pushed", .timeLimit(.minutes(10)))
struct ManifestRulesTests {
    private static let configuration = Array("{}".utf8)

    private func with(
        _ change: @escaping @Sendable (inout ManifestRules) -> Void,
        _ body: @escaping @Sendable (WireClient) async throws -> Void
    ) async throws {
        try await TestRegistry.with({ change(&$0.rules) }) { registry in
            let client = WireClient(port: registry.port)
            try await client.push(Self.configuration, to: "a")
            try await body(client)
        }
    }

    private func push(_ client: WireClient, _ manifest: [UInt8], _ type: MediaType = .ociManifest) async throws
        -> WireResponse
    {
        try await client.send("PUT", "/v2/a/manifests/1", headers: [("Content-Type", "\(type)")], body: manifest)
    }

    /// A manifest with a layer that is kept elsewhere.
    private static func manifest(at address: String) -> [UInt8] {
        let text = String(decoding: WireClient.manifest(configuration: configuration, layers: []), as: UTF8.self)
        let layer = """
            {"mediaType":"application/vnd.oci.image.layer.nondistributable.v1.tar","digest":"\(Digest.of([1]))",\
            "size":1,"urls":["\(address)"]}
            """
        return Array(text.replacing("\"layers\":[]", with: "\"layers\":[\(layer)]").utf8)
    }

    @Test(
        "Layers are kept only where the rules allow",
        arguments: [
            ("https://cdn.example.com/a", 201), ("https://cdn.example.com/private/a", 400),
            ("https://other.example.com/a", 400), ("ftp://cdn.example.com/a", 400),
            ("https://cdn.example.com/a#b", 400), ("https://cdn.example.com/a#\u{301}b", 400),
            ("https://cdn.example.com/private/\u{301}a", 400),
            ("https://cdn.example.com/" + String(repeating: "a", count: 2048), 400),
        ]
    )
    func addresses(address: String, status: Int) async throws {
        let (allow, deny) = (try Pattern(#"//cdn\.example\.com/"#), try Pattern("/private/"))
        try await with({ $0.addresses = .init(allow: [allow], deny: [deny]) }) { client in
            let answer = try await push(client, Self.manifest(at: address))
            #expect(answer.status == status, "\(answer.text)")
        }
    }

    @Test("An expression that others look for in vain for years is done at once")
    func catastrophe() async throws {
        let deny = try Pattern("(a+)+$")
        try await with({ $0.addresses = .init(allow: [], deny: [deny]) }) { client in
            let start = ContinuousClock.now
            let address = "https://cdn.example.com/" + String(repeating: "a", count: 2000) + "b"
            let other = try await push(client, Self.manifest(at: address))
            let matching = try await push(client, Self.manifest(at: String(address.dropLast())))
            #expect(other.status == 201 && matching.status == 400)
            #expect(ContinuousClock.now - start < .seconds(30))
        }
    }

    @Test("Without rules a layer is kept wherever it is")
    func noRules() async throws {
        try await with({ _ in }) { client in
            let answer = try await push(client, Self.manifest(at: "https://other.example.com/a"))
            #expect(answer.status == 201, "\(answer.text)")
        }
    }

    @Test("Of an index those manifests must be there whose platform is listed, or that name none")
    func platforms() async throws {
        func index(_ platform: String) -> [UInt8] {
            let entry = """
                {"mediaType":"\(MediaType.ociManifest)","digest":"\(Digest.of([9]))","size":1\(platform)}
                """
            return Array(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(entry)]}"#.utf8
            )
        }
        let arm = #","platform":{"os":"linux","architecture":"arm64"}"#
        let amd = #","platform":{"os":"linux","architecture":"amd64"}"#
        let list = ManifestRules.Platforms.only([.init(os: "linux", architecture: "amd64")])
        let cases: [(ManifestRules.Platforms, String, Int)] = [
            (.all, arm, 400), (.none, arm, 201), (.none, "", 201), (list, arm, 201), (list, amd, 400), (list, "", 400),
            (.only([]), arm, 400),
        ]
        for (platforms, platform, status) in cases {
            let manifest = index(platform)
            try await with({ $0.platforms = platforms }) { client in
                let answer = try await push(client, manifest, .ociIndex)
                #expect(answer.status == status, "\(platforms) \(platform)")
            }
        }
    }

    @Test("Only the kinds of content are taken that are listed, and no unknown ones")
    func classes() async throws {
        let image = WireClient.manifest(configuration: Self.configuration, layers: [])
        func typed(_ type: String) -> [UInt8] {
            let text = String(decoding: image, as: UTF8.self)
            return Array(text.replacing("application/vnd.oci.image.config.v1+json", with: type).utf8)
        }
        let plugin = typed("application/vnd.docker.plugin.v1+json")
        let other = typed("application/vnd.cncf.helm.config.v1+json")
        try await with({ $0.classes = [.image] }) { client in
            let statuses = [
                try await push(client, image).status, try await push(client, plugin).status,
                try await push(client, other).status,
            ]
            #expect(statuses == [201, 403, 403])
        }
        try await with({ $0.classes = [.plugin] }) { client in
            let statuses = [try await push(client, image).status, try await push(client, plugin).status]
            #expect(statuses == [403, 201])
        }
    }
}
