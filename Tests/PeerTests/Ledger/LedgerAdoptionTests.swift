//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("The ledger and the storage", .timeLimit(.minutes(5)))
struct LedgerAdoptionTests {
    private func listings(_ client: WireClient) async throws -> [String] {
        var found: [String] = []
        for target in ["/v2/_catalog", "/v2/_catalog?n=1&last=a", "/v2/adopt/image/tags/list", "/v2/none/tags/list"] {
            let answer = try await client.send("GET", target)
            found.append("\(answer.status) \(answer.text) \(answer["link"] != nil)")
        }
        return found
    }

    @Test("What docker-registry wrote is adopted at the first start, and listed as the tree has it")
    func adoption() async throws {
        let root = try TemporaryFolder()
        try await PeerRegistry.with(root: root.path) { peer in
            for number in 0..<12 {
                try await peer.client.pushImage(
                    to: number < 6 ? "adopt/image" : "adopt/other\(number)",
                    reference: "\(number % 4)",
                    layers: [[1], [UInt8(number)]]
                )
            }
            _ = try await peer.client.beginUpload(in: "adopt/unfinished")
        }
        let tree = try await ServerProcess.with(
            root: root.path,
            { $0.environment = ["REGISTRY_LEDGER_ENABLED": "false"] }
        ) {
            try await listings($0.client)
        }
        try await ServerProcess.with(root: root.path) { server in
            try await LedgerProcess.current(server)
            #expect(try await listings(server.client) == tree)
            #expect(try await LedgerProcess.metric(server, "listings_total", ["source": "ledger"]) == 4)
            await server.terminate()
            #expect(try await LedgerProcess.differences(server) == [])
            // Nothing is gone through a second time.
            try await server.restart()
            #expect(try await LedgerProcess.metric(server, "compared_repositories_total") == 0)
            #expect(try await listings(server.client) == tree)
        }
    }

    @Test("What docker-registry is pushed between two runs is noticed at the start of the second")
    func between() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            try await LedgerProcess.current(server)
            try await server.client.pushImage(to: "a", reference: "1", layers: [[1]])
            await server.terminate()
            try await PeerRegistry.with(root: root.path) { peer in
                try await peer.client.pushImage(to: "a", reference: "2", layers: [[2]])
                try await peer.client.pushImage(to: "b", reference: "1", layers: [[1]])
            }
            try await server.restart()
            let list = try JSONValue(bytes: try await server.client.send("GET", "/v2/a/tags/list").body)
            #expect(list["tags"]?.array.compactMap(\.string) == ["1", "2"])
            #expect(try await server.event("ledger_catching_up") != nil)
            try await LedgerProcess.current(server)
            let catalog = try JSONValue(bytes: try await server.client.send("GET", "/v2/_catalog").body)
            #expect(catalog["repositories"]?.array.compactMap(\.string) == ["a", "b"])
            await server.terminate()
            #expect(try await LedgerProcess.differences(server) == [])
            // And once only.
            try await server.restart()
            #expect(try await LedgerProcess.metric(server, "state", ["state": "current"]) == 1)
        }
    }

    @Test("What others changed is found by verify and mended by rebuild, with a server and without")
    func commands() async throws {
        let root = try TemporaryFolder()
        let socket = root.path + "/control.sock"
        try await ServerProcess.with(root: root.path + "/root", { $0.http = "control: {socket: \"\(socket)\"}" }) {
            server in
            try await LedgerProcess.current(server)
            try await server.client.pushImage(to: "a/b", reference: "1", layers: [[1]])
            try await server.client.pushImage(to: "a/b", reference: "2", layers: [[2]])
            let tags = root.path + "/root/docker/registry/v2/repositories/a/b/_manifests/tags"
            for isServed in [true, false] {
                try FileManager.default.removeItem(atPath: tags + (isServed ? "/1" : "/2"))
                let found = try await LedgerProcess.differences(server)
                #expect(found.count == 1)
                #expect(found.first?["kind"]?.string == "tag" && found.first?["name"]?.string == (isServed ? "1" : "2"))
                let rebuilt = try await LedgerProcess.run(server, "rebuild")
                #expect(rebuilt.succeeded, "\(rebuilt)")
                if isServed {
                    try await LedgerProcess.current(server)
                    let status = try JSONValue(text: try await LedgerProcess.run(server, "status", "--json").output)
                    #expect(status.array.first?["state"]?.string == "current")
                }
                #expect(try await LedgerProcess.differences(server) == [])
                if isServed { await server.terminate() }
            }
            let status = try JSONValue(text: try await LedgerProcess.run(server, "status", "--json").output)
            #expect(status.array.first?["repositories"] == .number(1))
        }
    }

    @Test("A disk of the ledger that is full keeps nobody from pushing; it catches up when there is room")
    func fullDisk() async throws {
        let root = try TemporaryFolder()
        try await SmallDisk.with(mebibytes: 8) { disk in
            let path = disk.path + "/ledger.db"
            try await ServerProcess.with(root: root.path, { $0.environment = ["REGISTRY_LEDGER_PATH": path] }) {
                server in
                try await LedgerProcess.current(server)
                try disk.fillUp()
                var count = 0
                try await eventually("the disk is full") {
                    count += 1
                    try await server.client.pushImage(
                        to: "full/\(count)",
                        reference: "1",
                        layers: [[UInt8(count % 250)]]
                    )
                    return try await LedgerProcess.metric(server, "state", ["state": "degraded"]) == 1
                }
                let ready = try await WireClient(port: server.sidePort).send("GET", "/readyz")
                #expect(ready.status == 200 && ready.text.contains(#""ledger":"degraded""#))
                try await server.client.pushImage(to: "full/more", reference: "1", layers: [[1]])
                let list = try JSONValue(bytes: try await server.client.send("GET", "/v2/_catalog").body)
                #expect(list["repositories"]?.array.count == count + 1)
                try disk.makeRoom()
                try await LedgerProcess.current(server)
                await server.terminate()
                #expect(try await LedgerProcess.differences(server) == [])
            }
        }
    }
}
