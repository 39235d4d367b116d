//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// Exports of a server, read by DuckDB and pulled from the registry.
@Suite("Exports", .timeLimit(.minutes(5)))
struct ExportTests {
    private func fill(_ server: ServerProcess) async throws {
        for number in 0..<6 {
            let own = PseudorandomBytes.bytes(10_000 * (number + 1), seed: number)
            let shared = PseudorandomBytes.bytes(50_000, seed: 99)
            let name = "team-\(number % 2)/app-\(number)"
            try await server.client.pushImage(to: name, reference: "v1", layers: [own, shared])
            try await server.client.pushImage(to: name, reference: "v2", layers: [shared])
            _ = try await server.client.send("GET", "/v2/\(name)/manifests/v1")
        }
    }

    private func exports(in folder: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
    }

    /// What differs between an export and a report, by DuckDB.
    private func differences(_ folder: String, _ report: String) async throws -> String {
        let script = ProjectFolder.path + "/Tests/PeerTests/Reports/export.py"
        return try await Tool.output(ProjectFolder.python, [script, folder, report])
    }

    @Test("By hand: DuckDB reads every file, and the sums are those of the report")
    func byHand() async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(root: folder.path + "/root") { server in
            try await LedgerProcess.current(server)
            try await fill(server)
            let report = folder.path + "/report.json"
            let output = folder.path + "/export"
            let binary = try ProjectFolder.binary()
            // Beside the server that has the ledger, and without one.
            for round in 0..<2 {
                if round == 1 { await server.terminate() }
                let offline = ["--offline", "--config", server.configuration]
                let told = try await Tool.run(
                    binary,
                    ["report", "capacity", "--format", "json", "--output", report] + offline
                )
                try #require(told.succeeded, "\(told)")
                let command = ["report", "export", "--config", server.configuration, "--output", output + "\(round)"]
                let made = try await Tool.run(binary, command)
                try #require(made.succeeded, "\(made)")
                #expect(try await differences(output + "\(round)", report) == "")
                // Never two under one name.
                let again = try await Tool.run(binary, command)
                #expect(again.status == .code(1) && again.errors.contains("is there already"), "\(again)")
            }
            let names = try exports(in: folder.path)
            #expect(names.filter { $0.hasPrefix("export") } == ["export0", "export1"])
            let manifest = try JSONValue(
                bytes: [UInt8](#require(FileManager.default.contents(atPath: output + "1/manifest.json")))
            )
            #expect(manifest["consistency"]?.string == "snapshot" && manifest["tool"]?.string == "plimsoll")
            #expect(manifest["files"]?.array.count == 16)
            #expect(manifest["tool_version"]?.string?.isEmpty == false)
        }
    }

    @Test("By the clock: into a folder and into the registry itself, once for each moment, and the oldest go")
    func byClock() async throws {
        let folder = try TemporaryFolder()
        let exports = folder.path + "/exports"
        let day = 86_400
        // What an earlier run has left: a draft of a crash, and exports that are too many.
        for name in ["daily-20200101T000000Z", "daily-20200102T000000Z", ".daily-20200103T000000Z.abc", "other"] {
            try FileManager.default.createDirectory(
                atPath: "\(exports)/\(name)",
                withIntermediateDirectories: true
            )
        }
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.sections = """
                    reports:
                      schedule:
                        - {name: daily, every: 24h, directory: "\(exports)", keep: 2}
                        - {name: artifact, every: 24h, repository: reports/capacity, formats: [jsonl], keep: 3}
                    """
            }
        ) { server in
            try await eventually("both are published") { try await published(server) == 2 }
            let midnight = Int(Date().timeIntervalSince1970) / day * day
            let names = try self.exports(in: exports)
            // The draft is gone, and of the exports the oldest; what is not of the schedule is left alone.
            #expect(names.count == 3 && names.first == "daily-20200102T000000Z" && names.last == "other")
            let name = try #require(names.dropFirst().first)
            #expect(try FileManager.default.contentsOfDirectory(atPath: exports).allSatisfy { !$0.hasPrefix(".") })
            #expect(try FileManager.default.contentsOfDirectory(atPath: exports + "/" + name).count == 17)

            let tags = try JSONValue(bytes: try await server.client.send("GET", "/v2/reports/capacity/tags/list").body)
            let tag = try #require(tags["tags"]?.array.first?.string)
            #expect(tags["tags"]?.array.count == 1 && tag.hasPrefix("artifact-") && tag.hasSuffix("T000000Z"))
            #expect(name.hasSuffix(tag.dropFirst("artifact".count)), "the same midnight, \(midnight)")
            let accept = [("Accept", MediaType.ociManifest.description)]
            let answer = try await server.client.send(
                "GET",
                "/v2/reports/capacity/manifests/\(tag)",
                headers: accept
            )
            let artifact = try JSONValue(bytes: answer.body)
            #expect(artifact["artifactType"]?.string == "application/vnd.plimsoll.report.v1")
            let layers = artifact["layers"]?.array ?? []
            #expect(layers.count == 9)
            for layer in layers {
                let digest = try #require(layer["digest"]?.string)
                let blob = try await server.client.send("GET", "/v2/reports/capacity/blobs/\(digest)")
                #expect(Digest.of(blob.body).description == digest)
            }
            await server.terminate()
            #expect(try await LedgerProcess.differences(server) == [])

            // A restart makes none again, even where one was moved away.
            try FileManager.default.removeItem(atPath: exports + "/" + name)
            try await server.restart()
            try await LedgerProcess.current(server)
            try await eventually("the service has looked") {
                let name = "registry_report_export_last_success_timestamp_seconds"
                return try await metric(server, name, ["schedule": "daily"]) > 0
            }
            #expect(try await published(server) == 0)
            #expect(try self.exports(in: exports) == ["daily-20200102T000000Z", "other"])
        }
    }

    @Test("A folder that cannot be written is told, counted, and hinders nothing else")
    func failing() async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(
            root: folder.path + "/root",
            { setup in
                setup.sections = """
                    reports:
                      schedule:
                        - {name: nowhere, directory: "\(folder.path)/missing/exports"}
                        - {name: there, directory: "\(folder.path)/exports"}
                    """
            }
        ) { server in
            try await eventually("one is published") { try await published(server) == 1 }
            #expect(try await metric(server, "registry_report_exports_total", ["result": "failed"]) == 1)
            let event = try #require(try await server.event("export_failed"))
            #expect(event["export"]?.string?.hasPrefix("nowhere-") == true)
            #expect(event["cause"]?.string?.contains("/missing/exports: No such file or directory") == true)
            #expect(try exports(in: folder.path + "/exports").count == 1)
        }
    }

    private func published(_ server: ServerProcess) async throws -> Double {
        try await metric(server, "registry_report_exports_total", ["result": "published"])
    }

    private func metric(
        _ server: ServerProcess,
        _ name: String,
        _ labels: [String: String] = [:]
    ) async throws -> Double {
        try MetricSamples(text: try await WireClient(port: server.sidePort).send("GET", "/metrics").text).sum(
            name,
            labels
        )
    }
}
