//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("Reports of a server", .timeLimit(.minutes(5)))
struct ReportTests {
    private func with(_ body: (ServerProcess, String) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let root = folder.path + "/root"
        let socket = folder.path + "/control.sock"
        try await ServerProcess.with(root: root, { $0.http = "control: {socket: \"\(socket)\"}" }) { server in
            try await LedgerProcess.current(server)
            try await body(server, root)
        }
    }

    private func fill(_ client: WireClient) async throws {
        let base = PseudorandomBytes.bytes(300_000, seed: 1)
        for (position, name) in ["team/app", "team/web", "infra/runner", "alone"].enumerated() {
            let own = PseudorandomBytes.bytes(10_000 * (position + 1), seed: 10 + position)
            try await client.pushImage(to: name, reference: "1", layers: position == 3 ? [own] : [base, own])
        }
        for _ in 0..<3 { #expect(try await client.send("GET", "/v2/team/app/manifests/1").status == 200) }
        #expect(try await client.send("HEAD", "/v2/team/web/manifests/1").status == 200)
    }

    @Test("are the same from the control socket, the side port and the file")
    func places() async throws {
        try await with { server, _ in
            try await fill(server.client)
            let side = WireClient(port: server.sidePort)
            func rows(_ json: JSONValue) -> [JSONValue] { ["repositories", "namespaces"].compactMap { json[$0] } }
            let online = try await ReportProcess.json(server, "capacity")
            let overHTTP = try JSONValue(bytes: try await side.send("GET", "/reports/capacity").body)
            let beside = try await ReportProcess.json(server, "capacity", "--offline")
            await server.terminate()
            let offline = try await ReportProcess.json(server, "capacity")
            #expect(online["repositories"]?.array.count == 4)
            for other in [overHTTP, beside, offline] {
                #expect(rows(other) == rows(online))
                #expect(other["totals"] == online["totals"])
            }
            let app = try #require(online.row("repositories", "team/app"))
            #expect(try app.bytes("pulls") == 3)
            #expect(try app.bytes("shared") == 300_000 + 2 && app["last_pull"]?.string != nil)
            let team = try #require(online.row("namespaces", "team"))
            #expect(try team.bytes("deduplicated") < app.bytes("deduplicated") * 2)
            // And the next server finds all in order.
            try await server.restart()
            #expect(try await LedgerProcess.metric(server, "state", ["state": "current"]) == 1)
        }
    }

    @Test("of every kind answer in every format, on the side port and at the command line")
    func kinds() async throws {
        try await with { server, _ in
            try await fill(server.client)
            let side = WireClient(port: server.sidePort)
            let list = try JSONValue(bytes: try await side.send("GET", "/reports").body)
            let names = list["reports"]?.array.compactMap(\.string) ?? []
            #expect(names.count == 7)
            for name in names {
                for format in ["table", "json", "jsonl", "csv", "openmetrics"] {
                    let scope = name == "explain" ? "&scope=team/app" : ""
                    let answer = try await side.send("GET", "/reports/\(name)?format=\(format)\(scope)")
                    #expect(answer.status == 200 && !answer.text.isEmpty, "\(name) \(format)")
                    if format == "json" {
                        #expect(try JSONValue(bytes: answer.body)["report"]?.string == name)
                    }
                    let arguments = [name] + (name == "explain" ? ["team/app"] : []) + ["--format", format]
                    let result = try await ReportProcess.run(server, arguments)
                    #expect(result.succeeded && !result.output.isEmpty, "\(result)")
                }
            }
            let usage = try await ReportProcess.json(server, "usage")
            #expect(try usage.row("repositories", "team/web")?.bytes("heads") == 1)
            let clients = try await ReportProcess.json(server, "clients")
            #expect(clients["clients"]?.array.first?["client"]?.string == "127.0.0.1")
            #expect(try clients["clients"]?.array.first?.bytes("pulls") == 3)
            let stale = try await ReportProcess.json(server, "stale", "--days", "1")
            #expect(stale["repositories"]?.array.isEmpty == true)
            let top = try await ReportProcess.json(server, "top", "--by", "pulls", "--top", "1")
            #expect(top["repositories"]?.array.first?["name"]?.string == "team/app")
            let explained = try await ReportProcess.json(server, "explain", "team/app")
            let largest = explained["blobs"]?.array.first
            #expect(try largest?.bytes("size") == 300_000)
            #expect(Set(largest?["shared_with"]?.array.compactMap(\.string) ?? []) == ["team/web", "infra/runner"])
            let growth = try await ReportProcess.json(server, "growth")
            #expect(growth["days"]?.array.count == 1 && growth["forecast"] == .null)
        }
    }

    @Test("that are asked for wrongly, or cannot be made, say why")
    func refusals() async throws {
        try await with { server, root in
            try await fill(server.client)
            let side = WireClient(port: server.sidePort)
            let expected = [
                ("/reports/none", 404), ("/reports/capacity?format=pdf", 400), ("/reports/capacity?x=1", 400),
                ("/reports/capacity?top=1&top=2", 400), ("/reports/explain?scope=none", 404),
                ("/reports/capacity?measured=true", 400), ("/reportsx", 404),
            ]
            for (target, status) in expected {
                #expect(try await side.send("GET", target).status == status, "\(target)")
            }
            let head = try await side.send("HEAD", "/reports/capacity")
            #expect(head.status == 200 && head.body.isEmpty)
            let wrong = try await ReportProcess.run(server, ["explain", "none"])
            #expect(wrong.status == .code(1) && wrong.errors == "error: there is no repository none\n")
            let sorted = try await ReportProcess.run(server, ["capacity", "--sort", "none"])
            #expect(sorted.status == .code(1) && sorted.errors.hasPrefix("error: sort: there is no column none"))
            await server.terminate()
            for suffix in ["", "-wal", "-shm"] {
                try? FileManager.default.removeItem(atPath: root + "/.plimsoll/ledger.db" + suffix)
            }
            let missing = try await ReportProcess.run(server, ["capacity"])
            #expect(missing.status == .code(2) && missing.errors.contains("plimsoll ledger rebuild"), "\(missing)")
            let nobody = try await Tool.run(
                try ProjectFolder.binary(),
                ["report", "capacity", "--socket", root + "/none.sock"]
            )
            #expect(nobody.status == .code(2) && nobody.errors.contains("no server is there"))
        }
    }

    @Test("are saved whole, and compared")
    func saved() async throws {
        let folder = try TemporaryFolder()
        try await with { server, _ in
            try await fill(server.client)
            let (first, second) = (folder.path + "/1.json", folder.path + "/2.json")
            let result = try await ReportProcess.run(server, ["capacity", "--format", "json", "--output", first])
            #expect(result.succeeded && result.output.isEmpty, "\(result)")
            try await server.client.pushImage(to: "team/new", reference: "1", layers: [[1, 2, 3]])
            _ = try await ReportProcess.run(server, ["capacity", "--format", "json", "--output", second])
            let text = try await Tool.output(
                try ProjectFolder.binary(),
                ["report", "diff", first, second, "--format", "json"]
            )
            let rows = try JSONValue(text: text)["repositories"]?.array ?? []
            #expect(rows.first?["name"]?.string == "team/new" && rows.first?["change"]?.string == "new")
            // The configuration of all images is the same, and so divided among one more.
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["1.json", "2.json"])
        }
    }

    @Test("of what docker-registry wrote are what du finds")
    func adopted() async throws {
        let root = try TemporaryFolder()
        try await PeerRegistry.with(root: root.path) { peer in
            for number in 0..<8 {
                try await peer.client.pushImage(
                    to: "adopt/\(number % 3)/image",
                    reference: "\(number)",
                    layers: [
                        PseudorandomBytes.bytes(50_000, seed: 1), PseudorandomBytes.bytes(1000 + number, seed: number),
                    ]
                )
            }
            _ = try await peer.client.beginUpload(in: "adopt/unfinished")
        }
        let garbage = PseudorandomBytes.bytes(33_333, seed: 99)
        let hex = String(Digest.of(garbage).hex)
        try root.write(garbage, to: "docker/registry/v2/blobs/sha256/\(hex.prefix(2))/\(hex)/data")
        try await ServerProcess.with(root: root.path) { server in
            try await LedgerProcess.current(server)
            await server.terminate()
            let report = try await ReportProcess.json(server, "capacity", "--measured")
            let totals = try #require(report["totals"])
            let sizes = try await Tool.output("find", [root.path, "-type", "f", "-printf", "%s\\n"])
            // What reading leaves beside the ledger is not there yet when it is counted, or empty.
            let ledger = try await Tool.output(
                "find",
                [root.path + "/.plimsoll", "-name", "ledger.db-*", "-printf", "%s\\n"]
            )
            func sum(_ text: String) -> Int64 { text.split(separator: "\n").compactMap { Int64($0) }.reduce(0, +) }
            let physical = try totals.bytes("physical")
            #expect((sum(sizes) - sum(ledger)...sum(sizes)).contains(physical))
            #expect(try totals.bytes("unreferenced") == 33_333)
            let parts = try ["referenced", "unreferenced", "uploading", "orphan"].map { try totals.bytes($0) }
            #expect(parts.reduce(0, +) == physical)
            let rows = report["repositories"]?.array ?? []
            #expect(try rows.reduce(0) { try $0 + $1.bytes("attributed") } == parts[0])
            let blobs = try await Tool.output(
                "find",
                [root.path + "/docker/registry/v2/blobs", "-type", "f", "-printf", "%s\\n"]
            )
            #expect(sum(blobs) == parts[0] + parts[1])
            let root = try #require(report.row("namespaces", ""))
            #expect(try root.bytes("exclusive") == parts[0] && root.bytes("deduplicated") == parts[0])
        }
    }

    @Test("are metrics too: totals at a scrape, repositories on their own page")
    func metrics() async throws {
        try await with { server, _ in
            try await fill(server.client)
            await server.terminate()
            try await server.restart()
            let side = WireClient(port: server.sidePort)
            try await eventually("capacity is computed") {
                try await side.send("GET", "/metrics").text.contains("registry_repositories 4\n")
            }
            let report = try await ReportProcess.json(server, "capacity")
            let samples = try MetricSamples(text: try await side.send("GET", "/metrics").text)
            let referenced = samples.sum("registry_storage_physical_bytes", ["state": "referenced"])
            #expect(try Int64(referenced) == report["totals"]?.bytes("referenced"))
            #expect(try Int64(samples.sum("registry_storage_logical_bytes")) == report["totals"]?.bytes("logical"))
            #expect(!(try await side.send("GET", "/metrics").text.contains("team/app")))
        }
    }
}
