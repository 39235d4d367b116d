//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix
import RegistryModel
import RegistryObjectStorage
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("OpenStack Swift with tokens of Debian's Keystone", .timeLimit(.minutes(10)))
struct KeystoneTests {
    private static func path(_ components: String) -> StoragePath { .root.appending(components) }

    @Test("They are had by password, for a project by name and id, in a trust, and by an application's credential")
    func tokens() async throws {
        try await KeystoneProcess.with(store: 9) { keystone in
            let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
            func grant(_ credentials: SwiftCredentials) async throws -> SwiftAuthRequest.Grant {
                let request = SwiftAuthRequest(credentials)
                let time = WallTime.now
                return try request.grant(try await http.send(request.message), at: time)
            }
            for login in KeystoneProcess.Login.allCases {
                let given = try await grant(keystone.credentials(login))
                #expect(given.secret.storageURL == "http://127.0.0.1:9/v1/AUTH_\(keystone.project)", "\(login)")
                #expect(!given.secret.token.isEmpty)
                let end = try #require(given.expiry)
                #expect(end.microseconds > WallTime.now.microseconds + 30 * 60 * 1_000_000)
            }
            for wrong in [\SwiftCredentials.username, \.password] {
                var credentials = keystone.credentials(.names)
                credentials[keyPath: wrong] = "another"
                do {
                    _ = try await grant(credentials)
                    Issue.record("was let in")
                } catch let error as ObjectStoreError {
                    #expect(error.code == .denied && error.status == 401)
                    #expect(!"\(error)".contains("another"))
                }
            }
            await http.shutDown()
        }
    }

    @Test("The driver keeps the contract")
    func conforms() async throws {
        // Those that make thousands of requests are for what stands behind the tokens, which is the same without Keystone.
        let rules = DriverConformance.cases.filter { rule in
            ![
                "readers never", "a thousand names", "of writers to one path", "of many that would",
                "content is put while",
                "lists are whole", "writers to many",
            ].contains { rule.name.hasPrefix($0) }
        }
        try await SwiftStoreProcess.withKeystone { server, _ in
            for (number, rule) in rules.enumerated() {
                let test = SwiftTestDriver(server, prefix: "case-\(number)")
                do { try await rule.check { test.driver } } catch { Issue.record("\(rule): \(error)") }
            }
        }
    }

    @Test("A registry is let in whichever way, and its clients are sent to the store")
    func logins() async throws {
        let image = try await ImageFolder.make(layers: [1, 2], layerBytes: 300_000)
        let blob = try #require(try image.blobs.values.max { $0.count < $1.count })
        try await SwiftStoreProcess.withKeystone { server, _ in
            for login in KeystoneProcess.Login.allCases {
                try await ServerProcess.with { setup in
                    setup.driver = server.section(prefix: "of/\(login)", login)
                } _: { registry in
                    try await Skopeo.copy(image.reference, "docker://\(registry.address)/library/image:1")
                    let pulled = try TemporaryFolder()
                    try await Skopeo.copy(
                        "docker://\(registry.address)/library/image:1",
                        "oci:\(pulled.path)/image:latest"
                    )
                    #expect(try ImageFolder.blobs(in: pulled.path + "/image") == image.blobs, "\(login)")
                    let answer = try await registry.client.get("/v2/library/image/blobs/\(Digest.of(blob))")
                    #expect(answer.status == 307, "\(login)")
                    #expect(answer["location"]?.contains("/registry/of/\(login)/files/docker/") == true)
                    let log = registry.process.output.lines.joined()
                    #expect(!log.contains(KeystoneProcess.password.replacing("\"", with: "\\\"")))
                }
            }
        }
    }

    @Test("A token that Keystone has revoked is replaced by another, between requests and in the middle of a push")
    func revoked() async throws {
        try await SwiftStoreProcess.withKeystone(remembersTokens: false) { server, keystone in
            let http = server.client()
            let test = SwiftTestDriver(server, prefix: "revoked")
            for number in 0..<3 {
                try await test.driver.put([UInt8(number)], at: Self.path("a/\(number)"))
                #expect(try await keystone.revoke(http) == 1)
            }
            #expect(try await test.driver.bytes(Self.path("a/2")) == [2])
            #expect(test.instruments.retries[.credentials].value == 3)
            #expect(test.instruments.failures[.credentials].value == 0)
            try await ServerProcess.with { setup in
                setup.driver = server.section(prefix: "push", .application)
                setup.storage = "redirect: {disable: true}"
            } _: { registry in
                try await push(to: registry) {
                    let count = try await keystone.revoke(http)
                    #expect(count >= 1)
                }
            }
        }
    }

    /// Pushes a blob and pulls it.
    /// - Parameter revoke: takes the registry's token from it, before each request.
    private func push(to registry: ServerProcess, _ revoke: () async throws -> Void) async throws {
        let blob = PseudorandomBytes.bytes(5_000_000, seed: 3)
        let begun = try await registry.client.beginUpload(in: "some/image")
        try await revoke()
        let location = try await registry.client.sendChunk(begun, blob[..<2_000_000])
        try await revoke()
        try await registry.client.finishUpload(location, blob[2_000_000...], Digest.of(blob))
        try await revoke()
        let pulled = try await registry.client.send("GET", "/v2/some/image/blobs/\(Digest.of(blob))")
        #expect(pulled.body == blob)
        let text = try await WireClient(port: registry.sidePort).get("/metrics").body
        let samples = try MetricSamples(text: String(decoding: text, as: UTF8.self))
        #expect(samples.sum("registry_storage_backend_retries_total", ["cause": "credentials"]) >= 3)
    }
}
