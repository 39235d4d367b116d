//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import RegistryTestKit
import Testing

@Suite("The folder of ACME", .timeLimit(.minutes(5)))
struct ACMEFolderTests {
    @Test(
        "A kill while a certificate is replaced leaves a whole one, and the next start goes on",
        arguments: ["fsync", "rename"]
    )
    func kill(call: String) async throws {
        var place = try await PebbleProcess.Place()
        // Renewed every few seconds.
        place.validity = 9
        let registry = try ACMERegistry(place)
        try await PebbleProcess.with(place) { pebble in
            // The check of the storage calls fsync too.
            let quiet = ["REGISTRY_HEALTH_STORAGEDRIVER": "{enabled: false}"]
            try await registry.serve(["registry.test"], { $0.environment.merge(quiet) { $1 } }) { server in
                _ = try await server.event("certificate_obtained")
                let options = ["-e", "trace=\(call)", "-e", "inject=\(call):signal=KILL"]
                _ = try await Strace.lines(of: server.process.pid, options) {
                    #expect(await server.process.exit() == .signal(SIGKILL))
                }
                #expect(try await registry.isWhole("registry.test"))
                try await server.restart()
                try await eventually { try await registry.curl("/v2/", root: pebble.root).output == "{}" }
                let isNew = try server.log().contains { $0["event"]?.string == "acme_account_created" }
                #expect(!isNew, "the account was kept")
            }
        }
    }

    /// What Go's autocert leaves behind: an EC key and the chain, in one file by the name of the host.
    @Test("What distribution has left in the folder is used without an order")
    func adopted() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        let folder = try TemporaryFolder()
        let (key, certificate) = (folder.path + "/key", folder.path + "/certificate")
        try await Tool.output("openssl", ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key])
        try await Tool.output(
            "openssl",
            [
                "req", "-x509", "-key", key, "-days", "90", "-subj", "/CN=kept", "-addext",
                "subjectAltName=DNS:registry.test", "-out", certificate,
            ]
        )
        try FileManager.default.createDirectory(atPath: registry.cache, withIntermediateDirectories: true)
        let parts = try [key, certificate].map { try Data(contentsOf: URL(fileURLWithPath: $0)) }
        try (parts[0] + parts[1]).write(to: URL(fileURLWithPath: registry.cache + "/registry.test"))
        try await registry.serve { server in
            #expect(try await registry.curl("/v2/", root: certificate).output == "{}")
            #expect(await server.terminate() == .code(0))
            let events = try server.log().compactMap { $0["event"]?.string }
            #expect(!events.contains("certificate_order_failed"))
        }
    }

    @Test("What is no good in the folder is told of, and ordered anew")
    func damaged() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        try FileManager.default.createDirectory(atPath: registry.cache, withIntermediateDirectories: true)
        try Data("no key".utf8).write(to: URL(fileURLWithPath: registry.cache + "/registry.test"))
        try await PebbleProcess.with(place) { pebble in
            try await registry.serve { server in
                let event = try #require(await server.event("certificate_folder_failed"))
                #expect(event["path"]?.string == registry.cache + "/registry.test")
                #expect(event["cause"]?.string == "no private key in PEM form")
                _ = try await server.event("certificate_obtained")
                #expect(try await registry.curl("/v2/", root: pebble.root).output == "{}")
                #expect(try await registry.isWhole("registry.test"))
            }
        }
    }

    @Test("A reload takes up an authority, further names, and gives up others")
    func reload() async throws {
        let place = try await PebbleProcess.Place()
        let registry = try ACMERegistry(place)
        let own = try await place.authority.issue("own")
        try await PebbleProcess.with(place) { pebble in
            let file = try TemporaryFolder()
            func write(_ tls: String) throws {
                let http = "{addr: '127.0.0.1:\(place.registryPort.number)', tls: \(tls)}"
                let text = "{version: 0.1, storage: {inmemory: {}}, http: \(http)}\n"
                try file.write(Array(text.utf8), to: "config.yml")
            }
            let files = "{certificate: '\(own.certificate)', key: '\(own.key)'}"
            try write(files)
            let server = try ChildProcess.server(
                in: file,
                environment: ["SSL_CERT_FILE": place.authority.certificate]
            )
            let isServing = await server.output.line { $0.contains("server_started") } != nil
            #expect(isServing)
            for host in ["one.test", "two.test"] {
                try write(registry.tls([host]))
                server.send(SIGHUP)
                let line = await server.output.line { $0.contains("certificate_obtained") && $0.contains(host) }
                #expect(line != nil)
            }
            let (one, two) = (
                try await registry.curl("/v2/", "one.test", root: pebble.root),
                try await registry.curl("/v2/", "two.test", root: pebble.root)
            )
            #expect(!one.succeeded && two.output == "{}", "\(one)\n\(two)")
            try write(files)
            server.send(SIGHUP)
            let isBack = await server.output.line { $0.contains("certificate_reloaded") } != nil
            let owned = try await Tool.run(
                "curl",
                ["-sS", "--cacert", place.authority.certificate, "https://127.0.0.1:\(place.registryPort.number)/v2/"]
            )
            #expect(isBack && owned.output == "{}", "\(owned)")
            server.send(SIGTERM)
            #expect(await server.exit() == .code(0))
        }
    }

    @Test("A folder that cannot be used is a reason not to start")
    func unusable() async throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "file")
        let tls = "{letsencrypt: {cachefile: '\(folder.path)/file', hosts: [registry.test]}}"
        let text = "{version: 0.1, storage: {inmemory: {}}, http: {addr: '127.0.0.1:0', tls: \(tls)}}\n"
        try folder.write(Array(text.utf8), to: "config.yml")
        let result = try await Tool.run(ProjectFolder.binary(), ["serve", folder.path + "/config.yml"])
        #expect(result.status == .code(1))
        #expect(
            result.errors
                == "configuration error: http.tls.letsencrypt.cachefile: \(folder.path)/file: is not a folder\n"
        )
    }
}
