//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("podman", .timeLimit(.minutes(5)))
struct PodmanTests {
    @Test("An image is pushed, forgotten and pulled with the same content")
    func pushAndPull() async throws {
        let (podman, root) = (try Podman(), try TemporaryFolder())
        defer { podman.end() }
        let archive = try await podman.archive(PseudorandomBytes.bytes(300_000, seed: 9))
        try await ServerProcess.with(root: root.path) { server in
            let name = "\(server.address)/library/podman:1"
            func run(_ result: Tool.Result) throws -> String {
                #expect(result.succeeded, "\(result)")
                return result.output
            }
            _ = try run(await podman.run("import", archive, name))
            let pushed = try run(await podman.run("image", "inspect", "--format", "{{.Id}}", name))
            _ = try run(await podman.run("push", "--tls-verify=false", name))
            _ = try run(await podman.run("rmi", name))
            _ = try run(await podman.run("pull", "--tls-verify=false", name))
            #expect(try run(await podman.run("image", "inspect", "--format", "{{.Id}}", name)) == pushed)
            let saved = podman.folder.path + "/saved"
            _ = try run(await podman.run("save", "--format", "oci-dir", "--output", saved, name))

            let served = try await server.client.send("GET", "/v2/library/podman/manifests/1")
            #expect(served["docker-content-digest"] == Digest.of(served.body).description)
            let config = try JSONValue(bytes: served.body)["config"]?["digest"]?.string
            #expect(config == "sha256:" + pushed.prefix { $0.isHexDigit })
            _ = try await server.accessLine(of: served)
        }
    }
}
