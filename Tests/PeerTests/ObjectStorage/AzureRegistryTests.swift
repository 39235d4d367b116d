//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("A registry over Azure, and the vendor's SDK beside it", .timeLimit(.minutes(10)))
struct AzureRegistryTests {
    private static let client = """
        credentials: {type: client_secret, tenantid: \(AzureProcess.tenant), clientid: \(AzureProcess.client), \
        secret: "\(AzureProcess.clientSecret)"}
        """

    private func withServer(
        _ driver: String,
        _ environment: [String: String] = [:],
        redirects: Bool = true,
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        try await ServerProcess.with { setup in
            setup.driver = driver
            setup.environment = environment
            setup.storage = "redirect: {disable: \(!redirects)}"
        } _: {
            try await body($0)
        }
    }

    private func check(_ image: ImageFolder, _ server: ServerProcess) async throws {
        let pulled = try TemporaryFolder()
        try await Skopeo.copy("docker://\(server.address)/library/image:1", "oci:\(pulled.path)/image:latest")
        #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs)
    }

    @Test("The SDK reads what the registry wrote, and the registry serves what the SDK wrote")
    func sdk() async throws {
        let image = try await ImageFolder.make(layers: [1, 2], layerBytes: 2_700_000)
        try await AzureProcess.with { azure in
            try await withServer(azure.section(root: "/one")) { server in
                try await Skopeo.copy(image.reference, "docker://\(server.address)/library/image:1")
            }
            let digests = try await azure.sdk(
                """
                for blob in container.list_blobs(name_starts_with="one/docker/registry/v2/blobs/"):
                    content = container.download_blob(blob.name).readall()
                    assert len(content) == blob.size
                    assert hashlib.sha256(content).hexdigest() == blob.name.split("/")[-2], blob.name
                    print(hashlib.sha256(content).hexdigest())
                """
            )
            let written = Set(digests.split(separator: "\n").map(String.init))
            let pushed = Set(try image.blobs.keys)
            #expect(written == pushed)
            // As distribution writes: uploads are append blobs, which are copied as such; all else is block blobs.
            let count = try await azure.sdk(
                """
                names = [blob.name for blob in container.list_blobs(name_starts_with="one/")]
                for name in names:
                    content = container.download_blob(name).readall()
                    kind = "AppendBlob" if "/blobs/" in name else "BlockBlob"
                    container.upload_blob(name.replace("one/", "two/", 1), content, blob_type=kind)
                print(len(names))
                """
            )
            #expect((Int(count) ?? 0) > pushed.count * 2)
            try await withServer(azure.section(root: "two")) { server in try await check(image, server) }
        }
    }

    @Test("An application and a managed identity are let in, and sign what clients are sent to")
    func identities() async throws {
        let image = try await ImageFolder.make(layers: [1], layerBytes: 300_000)
        try await AzureProcess.with { azure in
            try await withServer(azure.section(access: Self.client), azure.environment) { server in
                try await Skopeo.copy(image.reference, "docker://\(server.address)/library/image:1")
                try await check(image, server)
            }
            let managed = azure.section(access: "credentials: {type: default_credentials}")
            try await withServer(managed, azure.environment) { server in
                try await check(image, server)
                let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
                let answer = try await server.client.send("HEAD", "/v2/library/image/blobs/\(Digest.of(blob))")
                #expect(answer.status == 307)
                #expect(answer["location"]?.contains("skoid=") == true)
            }
            // And through the registry itself.
            try await withServer(managed, azure.environment, redirects: false) { try await check(image, $0) }
        }
    }
}
