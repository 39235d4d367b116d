//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("skopeo", .timeLimit(.minutes(5)))
struct SkopeoTests {
    /// Serves an empty root.
    private func withServer(_ body: (ServerProcess) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(root: folder.path) { try await body($0) }
    }

    @Test("An image comes back byte for byte")
    func roundTrip() async throws {
        let image = try await ImageFolder.make(layers: [1, 2, 3], layerBytes: 700_000)
        try await withServer { server in
            let target = "docker://\(server.address)/library/image:1"
            try await Skopeo.copy(image.reference, target)
            let served = try await server.client.send("GET", "/v2/library/image/manifests/1")
            #expect(served.body == image.manifest)
            let pulled = try TemporaryFolder()
            try await Skopeo.copy(target, "oci:\(pulled.path)/image:latest")
            #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
        }
    }

    @Test("An index comes back with all its platforms, byte for byte")
    func index() async throws {
        let image = try await ImageFolder.make(layers: [1], platforms: ["amd64", "arm64", "riscv64"])
        try await withServer { server in
            let target = "docker://\(server.address)/library/index:1"
            try await Skopeo.copy(image.reference, target, ["--all"])
            let served = try await server.client.send("GET", "/v2/library/index/manifests/\(image.digest)")
            #expect(served.body == image.manifest)
            #expect(served["content-type"] == MediaType.ociIndex.description)
            let pulled = try TemporaryFolder()
            try await Skopeo.copy(target, "oci:\(pulled.path)/image:latest", ["--all"])
            #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
        }
    }

    @Test("An image in Docker's format is served under its own type, and converts back")
    func dockerFormat() async throws {
        let image = try await ImageFolder.make(layers: [4, 5])
        try await withServer { server in
            let target = "docker://\(server.address)/library/docker:1"
            try await Skopeo.copy(image.reference, target, ["--format", "v2s2"])
            let served = try await server.client.send("GET", "/v2/library/docker/manifests/1")
            #expect(served["content-type"] == MediaType.dockerManifest.description)
            #expect(served["docker-content-digest"] == Digest.of(served.body).description)
            let layers = try JSONValue(bytes: served.body)["layers"]?.array.compactMap { $0["digest"]?.string }
            #expect(
                layers == (try JSONValue(bytes: image.manifest))["layers"]?.array.compactMap { $0["digest"]?.string }
            )
            let pulled = try TemporaryFolder()
            try await Skopeo.copy(target, "oci:\(pulled.path)/image:latest", ["--format", "oci"])
        }
    }

    @Test("Tags are listed, an image is inspected and deleted")
    func listInspectDelete() async throws {
        let image = try await ImageFolder.make(layers: [6])
        try await withServer { server in
            let repository = "docker://\(server.address)/team/app"
            for tag in ["2", "1", "latest"] { try await Skopeo.copy(image.reference, "\(repository):\(tag)") }
            let list = try JSONValue(text: await Skopeo.run("list-tags", [repository]))
            #expect(list["Tags"]?.array == ["1", "2", "latest"].map(JSONValue.string))
            let facts = try JSONValue(text: await Skopeo.run("inspect", ["\(repository):latest"]))
            #expect(facts["Digest"]?.string == image.digest.description)
            #expect(facts["Architecture"]?.string == "amd64")
            #expect(facts["RepoTags"]?.array.count == 3)
            try await Skopeo.run("delete", ["\(repository):2"])
            let gone = try await server.client.send("GET", "/v2/team/app/manifests/\(image.digest)")
            #expect(gone.status == 404)
            #expect(gone.errorCode == "MANIFEST_UNKNOWN")
        }
    }

    @Test("A second repository gets the blobs by mounting them")
    func mount() async throws {
        let image = try await ImageFolder.make(layers: [7, 8])
        try await withServer { server in
            try await Skopeo.copy(image.reference, "docker://\(server.address)/mount/first:1")
            try await Skopeo.copy(image.reference, "docker://\(server.address)/mount/second:1")
            let last = try await server.client.send("GET", "/v2/mount/second/manifests/1")
            #expect(last.body == image.manifest)
            _ = try await server.accessLine(of: last)
            let lines = try server.log().filter { $0["repository"]?.string == "mount/second" }
            let begun = lines.filter { $0["method"]?.string == "POST" && $0["route"]?.string == "blob_upload" }
            let mounted = begun.filter {
                $0["status"]?.int == 201 && $0["upload_id"] == nil && $0["bytes_in"]?.int == 0
            }
            let layers = try JSONValue(bytes: image.manifest)["layers"]?.array.compactMap { $0["digest"]?.string }
            #expect(Set(mounted.compactMap { $0["digest"]?.string }) == Set(layers ?? []))
            // skopeo always sends the configuration, and nothing else.
            #expect(begun.count == mounted.count + 1)
            let sent = Set(
                lines.filter { $0["route"]?.string == "blob_upload_chunk" }.compactMap { $0["upload_id"]?.string }
            )
            #expect(sent.count == 1)
        }
    }
}
