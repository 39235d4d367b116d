//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// Debian's docker-registry and Plimsoll with the same rules, asked to take the same manifests.
@Suite("Rules for manifests beside docker-registry", .timeLimit(.minutes(5)))
struct ManifestRulesPeerTests {
    private static let configuration = Array("{}".utf8)
    private static let dockerType = "application/vnd.docker.distribution.manifest.v2+json"

    /// A manifest to push.
    private struct Sample {
        let name: String
        let type: String
        let text: String

        static func docker(
            _ name: String,
            config: String = "application/vnd.docker.container.image.v1+json",
            layer: String? = nil
        ) -> Sample {
            Sample(
                name: name,
                type: dockerType,
                text: """
                    {"schemaVersion":2,"mediaType":"\(dockerType)","config":{"mediaType":"\(config)",\
                    "digest":"\(Digest.of(configuration))","size":2},"layers":[\(layer ?? "")]}
                    """
            )
        }

        static func oci(
            _ name: String,
            config: String = "application/vnd.oci.image.config.v1+json",
            layer: String? = nil
        ) -> Sample {
            let type = MediaType.ociManifest.description
            return Sample(
                name: name,
                type: type,
                text: """
                    {"schemaVersion":2,"mediaType":"\(type)","config":{"mediaType":"\(config)",\
                    "digest":"\(Digest.of(configuration))","size":2},"layers":[\(layer ?? "")]}
                    """
            )
        }

        /// A layer that is kept elsewhere.
        static func foreign(_ type: String, _ address: String) -> String {
            #"{"mediaType":"\#(type)","digest":"\#(Digest.of([1]))","size":1,"urls":["\#(address)"]}"#
        }
    }

    private static let foreignTypes = [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ]

    /// Addresses that rules are about, of either kind of manifest.
    private static let addresses = [
        "https://cdn.example.com/a", "http://cdn.example.com/a", "https://cdn.example.com/private/a",
        "https://other.example.com/a", "ftp://cdn.example.com/a", "https://cdn.example.com/a#b", "cdn.example.com/a",
    ].flatMap { address in
        [
            Sample.docker("docker \(address)", layer: Sample.foreign(foreignTypes[0], address)),
            Sample.oci("oci \(address)", layer: Sample.foreign(foreignTypes[1], address)),
        ]
    }

    /// Layers with addresses that no rule is about.
    private static let others = [
        Sample.oci("oci other layer", layer: Sample.foreign("application/vnd.example.layer.v1", "https://a.example/a")),
        Sample.oci(
            "oci layer",
            layer: Sample.foreign("application/vnd.oci.image.layer.v1.tar+gzip", "https://cdn.example.com/a")
        ),
    ].map { sample in
        // These must be there, for distribution.
        Sample(
            name: sample.name,
            type: sample.type,
            text: sample.text.replacing(
                "\(Digest.of([1]))\",\"size\":1",
                with: "\(Digest.of(configuration))\",\"size\":2"
            )
        )
    }

    private static let kinds = [
        Sample.docker("docker image"),
        Sample.docker("docker plugin", config: "application/vnd.docker.plugin.v1+json"),
        Sample.docker("docker other", config: "application/vnd.cncf.helm.config.v1+json"),
        Sample.oci("oci image"),
    ]

    /// - Parameter isExact: whether it matters how something is refused.
    private func answers(_ client: WireClient, _ samples: [Sample], isExact: Bool) async throws -> [String] {
        try await client.push(Self.configuration, to: "a")
        var lines: [String] = []
        for sample in samples {
            let answer = try await client.send(
                "PUT",
                "/v2/a/manifests/1",
                headers: [("Content-Type", sample.type)],
                body: Array(sample.text.utf8)
            )
            // That of an address is 500 there, as if the server were at fault.
            let what =
                isExact ? "\(answer.status) \(answer.errorCode ?? "")" : answer.status == 201 ? "taken" : "refused"
            lines.append("\(sample.name): \(what)")
        }
        return lines
    }

    private func compare(_ sections: String, _ samples: [Sample], isExact: Bool) async throws {
        let roots = (try TemporaryFolder(), try TemporaryFolder())
        let theirs = try await PeerRegistry.with(root: roots.0.path, sections: sections) { peer in
            try await answers(peer.client, samples, isExact: isExact)
        }
        let ours = try await ServerProcess.with(root: roots.1.path) {
            $0.sections = sections
        } _: { server in
            try await answers(server.client, samples, isExact: isExact)
        }
        for (own, other) in zip(ours, theirs) { #expect(own == other, "\(sections)") }
    }

    @Test(
        "Addresses of layers",
        arguments: [
            "", "validation: {disabled: true}",
            "validation: {manifests: {urls: {allow: ['^https?://cdn\\.example\\.com/', 'nowhere']}}}",
            "validation: {manifests: {urls: {deny: ['/private/', '^http:']}}}",
            "validation: {manifests: {urls: {allow: [example], deny: ['/private/']}}}",
        ]
    )
    func addresses(sections: String) async throws {
        try await compare(sections, Self.addresses + Self.others, isExact: false)
    }

    @Test("Kinds of content", arguments: ["[image]", "[plugin]", "[image, plugin]"])
    func classes(list: String) async throws {
        try await compare("policy: {repository: {classes: \(list)}}", Self.kinds, isExact: true)
    }
}
