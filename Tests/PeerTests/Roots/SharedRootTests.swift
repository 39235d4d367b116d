//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// Debian's docker-registry and Plimsoll, one after the other on the same root.
@Suite("A root shared with docker-registry", .timeLimit(.minutes(5)))
struct SharedRootTests {
    /// What is pushed: three repositories, of which two share a layer, and an index.
    private struct Content {
        let image: ImageFolder
        let other: ImageFolder
        let index: ImageFolder

        static func make() async throws -> Content {
            Content(
                image: try await ImageFolder.make(layers: [1, 2]),
                other: try await ImageFolder.make(layers: [2, 3]),
                index: try await ImageFolder.make(layers: [2], platforms: ["amd64", "arm64"])
            )
        }

        func push(to address: String) async throws {
            let registry = "docker://\(address)/shared"
            try await Skopeo.copy(image.reference, "\(registry)/image:1")
            try await Skopeo.copy(image.reference, "\(registry)/image:latest")
            try await Skopeo.copy(other.reference, "\(registry)/image:2")
            // A tag that is moved leaves both in its history.
            try await Skopeo.copy(other.reference, "\(registry)/image:latest")
            try await Skopeo.copy(other.reference, "\(registry)/deep/er/other:1")
            try await Skopeo.copy(index.reference, "\(registry)/index:1", ["--all"])
        }
    }

    /// All that a client can see of what was pushed.
    private func view(of client: WireClient, _ content: Content) async throws -> [String: String] {
        var targets = ["/v2/_catalog", "/v2/shared/image/tags/list", "/v2/shared/index/tags/list"]
        for tag in ["1", "2", "latest"] { targets.append("/v2/shared/image/manifests/\(tag)") }
        targets += ["/v2/shared/deep/er/other/manifests/1", "/v2/shared/index/manifests/1"]
        for (name, image) in [("image", content.image), ("index", content.index)] {
            for (hex, bytes) in try image.blobs {
                let kind = bytes.starts(with: Array(#"{"schemaVersion""#.utf8)) ? "manifests" : "blobs"
                targets.append("/v2/shared/\(name)/\(kind)/sha256:\(hex)")
            }
        }
        var view: [String: String] = [:]
        for target in targets {
            let types = "\(MediaType.ociManifest), \(MediaType.ociIndex)"
            let response = try await client.send("GET", target, headers: [("Accept", types)])
            // Distribution ends its JSON with a line feed.
            let answer: String
            if target.contains("/manifests/") || target.contains("/blobs/") {
                let type = target.contains("/manifests/") ? response["content-type"] ?? "-" : "-"
                answer = "\(response["docker-content-digest"] ?? "-") \(type) \(Digest.of(response.body))"
            } else {
                // Distribution 2 lists tags in the order in which the file system has them.
                let list = try JSONValue(bytes: response.body)
                let items = (list["tags"] ?? list["repositories"])?.array.compactMap(\.string) ?? []
                answer = "\(list["name"]?.string ?? "-") \(items.sorted())"
            }
            view[target] = "\(response.status) \(answer)"
        }
        return view
    }

    @Test("What docker-registry wrote, Plimsoll serves")
    func theirsIsServed() async throws {
        let (root, content) = (try TemporaryFolder(), try await Content.make())
        let before = try await PeerRegistry.with(root: root.path) { peer in
            try await content.push(to: peer.address)
            return try await view(of: peer.client, content)
        }
        let tree = try root.files()
        try await ServerProcess.with(root: root.path) { server in
            let after = try await view(of: server.client, content)
            for (target, answer) in before { #expect(after[target] == answer, "\(target)") }
            #expect(before.values.allSatisfy { $0.hasPrefix("200") })
        }
        #expect(try root.files() == tree, "serving changes nothing")
    }

    @Test("What Plimsoll wrote, docker-registry serves")
    func oursIsServed() async throws {
        let (root, content) = (try TemporaryFolder(), try await Content.make())
        let before = try await ServerProcess.with(root: root.path) { server in
            try await content.push(to: server.address)
            return try await view(of: server.client, content)
        }
        try await PeerRegistry.with(root: root.path) { peer in
            let after = try await view(of: peer.client, content)
            for (target, answer) in before { #expect(after[target] == answer, "\(target)") }
        }
    }

    @Test("The same pushes make the same tree")
    func sameTree() async throws {
        let (ours, theirs, content) = (try TemporaryFolder(), try TemporaryFolder(), try await Content.make())
        try await ServerProcess.with(root: ours.path) { try await content.push(to: $0.address) }
        try await PeerRegistry.with(root: theirs.path) { try await content.push(to: $0.address) }
        let (mine, other) = (try ours.files(), try theirs.files())
        #expect(Set(mine.keys).symmetricDifference(other.keys).isEmpty)
        #expect(mine == other)
        #expect(!mine.keys.contains { $0.contains("_uploads/") || $0.contains("tmp/") })
    }
}
