//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// A disk that fails: fsync(2) gives EIO, as strace makes it.
@Suite("A disk that fails", .timeLimit(.minutes(5)))
struct FailingDiskTests {
    /// Runs the body while each fsync of the server fails, or each of one folder.
    private func failing(_ server: ServerProcess, only folder: String? = nil, _ body: () async throws -> Void)
        async throws
    {
        let paths = folder.map { ["-P", $0] } ?? []
        let options = ["-e", "trace=fsync", "-e", "inject=fsync:error=EIO"] + paths
        let lines = try await Strace.lines(of: server.process.pid, options, during: body)
        #expect(lines.contains { $0.contains("EIO") && $0.contains("INJECTED") }, "\(lines)")
    }

    private func expectFailure(_ response: WireResponse, _ server: ServerProcess) async throws {
        #expect(response.status == 500)
        #expect(response.errorCode == "UNKNOWN")
        // What the system said is for the operator only.
        #expect(!response.text.contains("Input/output error"))
        let line = try #require(try await server.accessLine(of: response))
        #expect(line["outcome"]?.string == "failed")
        #expect(line["error_cause"]?.string?.contains("Input/output error") == true)
    }

    @Test("A blob that could not be made durable is answered with 500, is not there, and can be pushed again")
    func blob() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let blob = PseudorandomBytes.bytes(300_000, seed: 1)
            let target = "/v2/failing/disk/blobs/uploads/?digest=\(Digest.of(blob))"
            try await failing(server) {
                try await expectFailure(try await server.client.send("POST", target, body: blob), server)
            }
            #expect(try await server.client.send("GET", "/v2/failing/disk/blobs/\(Digest.of(blob))").status == 404)
            #expect(try root.files().keys.allSatisfy { !$0.contains("/blobs/") && !$0.contains("_layers") })
            try await server.client.push(blob, to: "failing/disk")
            #expect(try await server.client.send("GET", "/v2/failing/disk/blobs/\(Digest.of(blob))").body == blob)
        }
    }

    @Test("A blob whose name could not be made durable is answered with 500, is not there, and can be pushed again")
    func folderOfBlob() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let blob = PseudorandomBytes.bytes(300_000, seed: 2)
            let hex = Digest.of(blob).hex
            let folder = "\(root.path)/docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)"
            let target = "/v2/failing/disk/blobs/uploads/?digest=\(Digest.of(blob))"
            try await failing(server, only: folder) {
                try await expectFailure(try await server.client.send("POST", target, body: blob), server)
            }
            #expect(try await server.client.send("GET", "/v2/failing/disk/blobs/\(Digest.of(blob))").status == 404)
            #expect(try root.files().keys.allSatisfy { !$0.contains("_layers") })
            try await server.client.push(blob, to: "failing/disk")
            #expect(try await server.client.send("GET", "/v2/failing/disk/blobs/\(Digest.of(blob))").body == blob)
        }
    }

    @Test("A manifest that could not be made durable is answered with 500, is not there, and can be pushed again")
    func manifest() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let client = server.client
            try await client.push(Array("{}".utf8), to: "failing/disk")
            let manifest = WireClient.manifest(configuration: Array("{}".utf8), layers: [])
            let target = "/v2/failing/disk/manifests/1"
            let type = [("Content-Type", MediaType.ociManifest.description)]
            try await failing(server) {
                try await expectFailure(try await client.send("PUT", target, headers: type, body: manifest), server)
            }
            #expect(try await client.send("GET", target).status == 404)
            #expect(try await client.send("GET", "/v2/failing/disk/manifests/\(Digest.of(manifest))").status == 404)
            #expect(try await client.send("GET", "/v2/failing/disk/tags/list").text.contains("\"1\"") == false)
            #expect(try await client.send("PUT", target, headers: type, body: manifest).status == 201)
            #expect(try await client.send("GET", target).body == manifest)
        }
    }
}
