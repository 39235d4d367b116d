//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Glibc
import RegistryModel
import RegistryTestKit
import Testing

@Suite("The check of all content", .timeLimit(.minutes(5)))
struct ScrubTests {
    private static func path(_ root: String, _ digest: Digest) -> String {
        "docker/registry/v2/blobs/sha256/\(digest.hex.prefix(2))/\(digest.hex)/data"
    }

    @Test("takes out what is damaged, without a server and with one, and a push repairs it")
    func scrubs() async throws {
        let (root, folder) = (try TemporaryFolder(), try TemporaryFolder())
        let layer = [UInt8](repeating: 7, count: 10_000)
        let digest = Digest.of(layer)
        try await ServerProcess.with(root: root.path, { $0.http = Collection.control(folder) }) { server in
            try await server.client.pushImage(to: "app", reference: "1", layers: [layer])
            await server.terminate()
            let clean = try await Tool.run(try ProjectFolder.binary(), ["scrub", server.configuration])
            #expect(clean.succeeded && clean.errors.contains("3 blobs, "), "\(clean)")
            for round in 0..<2 {
                var bytes = layer
                bytes[5_000] = 8
                try root.write(bytes, to: Self.path(root.path, digest))
                let found = try await Tool.run(try ProjectFolder.binary(), ["scrub", server.configuration])
                #expect(found.status == .code(1), "\(found)")
                #expect(found.output == "\(digest) is \(Digest.of(bytes)), 10000 bytes\n", "\(found)")
                #expect(found.errors.contains("3 blobs, ") && found.errors.contains("; 1 damaged\n"), "\(found)")
                if round == 0 {
                    try await server.restart()
                } else {
                    let event = try await server.event("blob_quarantined")
                    #expect(event?["digest"]?.string == digest.description)
                    _ = try await server.event("scrub_completed")
                    #expect(try await CollectionCommandTests.metric(server, "scrub_quarantined_total") == 1)
                }
                #expect(try await server.client.head("/v2/app/blobs/\(digest)").status == 404)
                #expect(try root.files(under: ".plimsoll/quarantine").count == 1)
                try await server.client.push(layer, to: "app")
                #expect(try await server.client.get("/v2/app/blobs/\(digest)").body == layer)
                #expect(try await LedgerProcess.differences(server) == [])
                if round == 0 { try await LedgerProcess.current(server) }
                // With a server in the second round.
                let whole = try await Tool.run(try ProjectFolder.binary(), ["scrub", server.configuration])
                #expect(whole.succeeded && whole.output == "" && whole.errors.contains("; 0 damaged\n"), "\(whole)")
            }
        }
    }

    @Test("that is under way is joined by who asks for another, who has its findings and its end, and does not end it")
    func joins() async throws {
        let (root, folder) = (try TemporaryFolder(), try TemporaryFolder())
        let layer = [UInt8](repeating: 7, count: 10_000)
        let configure: (inout ServerProcess.Setup) -> Void = { setup in
            setup.http = Collection.control(folder)
            // The layer alone takes forty seconds, since it is read twice.
            setup.storage = "maintenance: {scrub: {iobudget: 500}}"
        }
        try await ServerProcess.with(root: root.path, configure) { server in
            try await server.client.pushImage(to: "app", reference: "1", layers: [layer])
            var bytes = layer
            bytes[5_000] = 8
            try root.write(bytes, to: Self.path(root.path, Digest.of(layer)))
            let (binary, arguments) = (try ProjectFolder.binary(), ["scrub", server.configuration])
            let first = try ChildProcess(binary, arguments)
            try await eventually("it has begun") {
                try await CollectionCommandTests.ctl(server, "maintenance").output.contains("check of content: began ")
            }
            let second = try ChildProcess(binary, arguments)
            #expect(await second.errors.line { $0.contains("a check of all content is under way") } != nil)
            second.send(SIGINT)
            #expect(await second.exit() == .signal(SIGINT))
            // It goes on, or this one would have the server begin another.
            let third = try await Tool.run(binary, arguments)
            #expect(third.status == .code(1), "\(third)")
            #expect(third.output == "\(Digest.of(layer)) is \(Digest.of(bytes)), 10000 bytes\n", "\(third)")
            #expect(third.errors.contains("a check of all content is under way"), "\(third)")
            #expect(third.errors.contains("3 blobs, ") && third.errors.contains("; 1 damaged\n"), "\(third)")
            #expect(await first.exit() == .code(1))
            _ = try await server.event("scrub_completed")
            #expect(try server.log().count { $0["event"]?.string == "scrub_completed" } == 1)
        }
    }
}
