//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("podman", .timeLimit(.minutes(5)))
struct PodmanTests {
    /// Runs podman with its storage in folders of the test.
    @discardableResult
    private func podman(_ folder: TemporaryFolder, _ arguments: [String]) async throws -> String {
        // It takes no run root whose path is longer than 50 bytes.
        let short = "/tmp/plimsoll-\(folder.path.suffix(12))"
        let storage = ["--storage-driver", "vfs", "--root", folder.path + "/root", "--runroot", short]
        defer { try? FileManager.default.removeItem(atPath: short) }
        let rest = ["--tmpdir", folder.path + "/tmp", "--events-backend", "none"]
        return try await Tool.output("podman", storage + rest + arguments)
    }

    @Test("An image is pushed, forgotten and pulled with the same content")
    func pushAndPull() async throws {
        let folder = try TemporaryFolder()
        try folder.write(PseudorandomBytes.bytes(300_000, seed: 9), to: "content/etc/data")
        try await Tool.output("tar", ["-cf", folder.path + "/image.tar", "-C", folder.path + "/content", "."])
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let name = "\(server.address)/library/podman:1"
            try await podman(folder, ["import", folder.path + "/image.tar", name])
            let pushed = try await podman(folder, ["image", "inspect", "--format", "{{.Id}}", name])
            try await podman(folder, ["push", "--tls-verify=false", name])
            try await podman(folder, ["rmi", name])
            try await podman(folder, ["pull", "--tls-verify=false", name])
            #expect(try await podman(folder, ["image", "inspect", "--format", "{{.Id}}", name]) == pushed)
            try await podman(folder, ["save", "--format", "oci-dir", "--output", folder.path + "/saved", name])

            let served = try await server.client.send("GET", "/v2/library/podman/manifests/1")
            #expect(served["docker-content-digest"] == Digest.of(served.body).description)
            let config = try JSONValue(bytes: served.body)["config"]?["digest"]?.string
            #expect(config == "sha256:" + pushed.prefix { $0.isHexDigit })
            _ = try await server.accessLine(of: served)
        }
    }
}
