//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// Plimsoll and docker-registry collect copies of one tree.
@Suite("A collection beside docker-registry's", .timeLimit(.minutes(5)))
struct CollectionPeerTests {
    /// Trees without indexes, whose manifests version 2 takes out with `-m` although they are needed.
    private static func fill(_ client: WireClient) async throws {
        for number in 0..<12 {
            let name = ["a", "a/b", "c"][number % 3]
            let layers = [PseudorandomBytes.bytes(500, seed: number % 5), PseudorandomBytes.bytes(700, seed: number)]
            let digest = try await client.pushImage(to: name, reference: "\(number % 4)", layers: layers).digest
            if number % 5 == 0 { _ = try await client.delete("/v2/\(name)/manifests/\(digest)") }
            try await client.push(PseudorandomBytes.bytes(300, seed: 100 + number), to: name)
        }
    }

    @Test("leaves the same content", arguments: [[], ["--delete-untagged"]], ["ours", "theirs"])
    func same(_ flags: [String], _ writer: String) async throws {
        let (ours, theirs) = (try TemporaryFolder(), try TemporaryFolder())
        if writer == "ours" {
            try await ServerProcess.with(root: ours.path) { server in
                try await Self.fill(server.client)
                await server.terminate()
            }
        } else {
            try await PeerRegistry.with(root: ours.path) { try await Self.fill($0.client) }
        }
        try await Tool.output("cp", ["-a", ours.path + "/docker", theirs.path])
        let before = try Collection.blobs(ours.path)
        let configuration = { (root: String) in
            "version: 0.1\nstorage: {filesystem: {rootdirectory: \"\(root)\"}}\nhttp: {addr: \"127.0.0.1:0\"}\n"
        }
        for folder in [ours, theirs] { try folder.write(Array(configuration(folder.path).utf8), to: "config.yml") }
        try await Tool.output("docker-registry", ["garbage-collect"] + flags + [theirs.path + "/config.yml"])
        let result = try await Collection.run(ours.path + "/config.yml", flags)
        #expect(result.succeeded, "\(result)")
        let (left, other) = (try Collection.blobs(ours.path), try Collection.blobs(theirs.path))
        #expect(left == other && left.count < before.count && !left.isEmpty)
        // What is left can be pulled from either.
        let pulled = try await PeerRegistry.with(root: ours.path) { try await Collection.pullAll($0.client) }
        let others = try await ServerProcess.with(root: theirs.path) { try await Collection.pullAll($0.client) }
        #expect(pulled > 0 && pulled == others)
    }
}
