//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

@Suite("plimsoll garbage-collect", .timeLimit(.minutes(5)))
struct CollectionCommandTests {
    /// A repository with a tagged image and a loose blob, another with an untagged image.
    private static func fill(_ client: WireClient) async throws -> (tagged: Digest, untagged: Digest, loose: Digest) {
        let tagged = try await client.pushImage(to: "team/app", reference: "1", layers: [[1, 2, 3], [4]]).digest
        let untagged = try await client.pushImage(to: "team/old", layers: [[1, 2, 3], [5, 5]]).digest
        let loose = try await client.push([9, 9, 9, 9], to: "team/app")
        return (tagged, untagged, loose)
    }

    private func withConfiguration(_ body: (String, String) async throws -> Void) async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path + "/root") { server in
            _ = try await Self.fill(server.client)
            try await LedgerProcess.current(server)
            await server.terminate()
            try await body(server.configuration, root.path + "/root")
        }
    }

    @Test("tells what it would do as distribution does, as JSON and as CSV, and does it without a server")
    func offline() async throws {
        try await withConfiguration { configuration, root in
            let before = try Collection.blobs(root)
            let dry = try await Collection.run(configuration, ["-d"])
            let loose = Digest.of([9, 9, 9, 9])
            #expect(dry.succeeded && dry.output.contains("blob eligible for deletion: \(loose)\n"), "\(dry)")
            #expect(dry.output.contains("\n6 blobs marked, 1 blobs and 0 manifests eligible for deletion\n"), "\(dry)")
            let plan = try await Collection.report(configuration, "--dry-run", "--delete-untagged")
            #expect(plan["blob_count"]?.int == 3 && plan["manifest_count"]?.int == 1, "\(plan)")
            #expect(plan["source"]?.string == "ledger")
            #expect(plan["shares"]?.array.compactMap { $0["repository"]?.string } == ["team/old", "team/app"])
            let csv = try await Collection.run(configuration, ["-d", "-m", "--csv"])
            #expect(csv.output.hasPrefix("kind,repository,digest,size\r\nmanifest,team/old,sha256:"), "\(csv)")
            #expect(csv.output.contains("\r\nblob,,\(loose),4\r\nlayer,team/app,\(loose),\r\n"))
            #expect(try Collection.blobs(root) == before)

            let quiet = try await Collection.run(configuration, ["-m", "-q", "--no-trash"])
            #expect(quiet.succeeded && quiet.output.isEmpty, "\(quiet)")
            #expect(quiet.errors.contains("taken out: 3 blobs"), "\(quiet)")
            let left = try Collection.blobs(root)
            #expect(before.subtracting(left).count == 3)
            let again = try await Collection.report(configuration, "-m")
            #expect(again["removed"]?["blobs"]?.int == 0 && again["reconciled"] == .bool(true))
            #expect(try await Collection.run("/nowhere.yml", []).status == .code(1))
            #expect(try await Collection.run(configuration, ["--older-than", "soon"]).status == .code(64))
        }
    }

    @Test("leaves what is young")
    func young() async throws {
        try await withConfiguration { configuration, root in
            let report = try await Collection.report(configuration, "-m", "--older-than", "1h")
            #expect(report["removed"]?["blobs"]?.int == 0, "\(report)")
            #expect(report["spared"]?["young"]?["count"]?.int ?? 0 >= 3)
        }
    }

    @Test("has the server do it, takes it back, and removes a repository, while the server serves")
    func online() async throws {
        let (root, folder) = (try TemporaryFolder(), try TemporaryFolder())
        try await ServerProcess.with(root: root.path, { $0.http = Collection.control(folder) }) { server in
            let client = server.client
            let (tagged, untagged, loose) = try await Self.fill(client)
            try await LedgerProcess.current(server)
            // What was pushed just now stays, as it is configured.
            let first = try await Collection.report(server.configuration, "-m")
            #expect(first["removed"]?["blobs"]?.int == 0, "\(first)")
            let plan = try await Collection.report(server.configuration, "-m", "-d", "--older-than", "0s")
            #expect(plan["blob_count"]?.int == 3)
            let report = try await Collection.report(server.configuration, "-m", "--older-than", "0s")
            #expect(report["removed"]?["blobs"]?.int == 3 && report["trashed"] == .bool(true), "\(report)")
            #expect(try await client.get("/v2/team/app/blobs/\(loose)").status == 404)
            #expect(try await client.head("/v2/team/app/blobs/\(loose)").status == 404)
            #expect(try await client.get("/v2/team/old/manifests/\(untagged)").status == 404)
            #expect(try await client.get("/v2/_catalog").text == #"{"repositories":["team/app"]}"#)
            #expect(try await client.get("/v2/team/app/manifests/1")["docker-content-digest"] == tagged.description)
            _ = try await server.event("collection_completed")
            #expect(try await Self.metric(server, "collection_removed_total", ["kind": "blob"]) == 3)
            #expect(try await Self.metric(server, "collection_trash_bytes") > 0)
            #expect(try await Self.metric(server, "collection_last_success_timestamp_seconds") > 1_700_000_000)

            let restored = try await Collection.run(server.configuration, ["--undelete", untagged.description])
            #expect(restored.succeeded && restored.errors.contains("1 manifests"), "\(restored)")
            #expect(try await client.get("/v2/team/old/manifests/\(untagged)").status == 200)
            let layer = Digest.of([5, 5])
            #expect(try await client.get("/v2/team/old/blobs/\(layer)").body == [5, 5])

            let removal = try await Self.ctl(server, "delete-repository", "team/app")
            #expect(removal.succeeded && removal.output.contains("1 tags, 1 manifests"), "\(removal)")
            #expect(try await client.get("/v2/team/app/manifests/1").status == 404)
            #expect(try await Self.ctl(server, "delete-repository", "team/app").status == .code(1))
            #expect(try await Self.ctl(server, "maintenance").output.contains("the last collection: began "))
            #expect(try await Self.ctl(server, "maintenance", "--stop").output.contains("nothing was done"))
            #expect(try await LedgerProcess.differences(server) == [])
        }
    }

    @Test("is done on a schedule, after a restart too")
    func scheduled() async throws {
        let root = try TemporaryFolder()
        let environment = [
            "REGISTRY_STORAGE_MAINTENANCE_GARBAGECOLLECTION_ENABLED": "true",
            "REGISTRY_STORAGE_MAINTENANCE_GARBAGECOLLECTION_OLDERTHAN": "0s",
            "REGISTRY_STORAGE_MAINTENANCE_GARBAGECOLLECTION_INTERVAL": "1s",
            "REGISTRY_STORAGE_MAINTENANCE_GARBAGECOLLECTION_TRASH": "0s",
        ]
        // As one that has run before: after the very first start it waits for a minute.
        try root.write(
            Array(#"{"began":"2020-01-01T00:00:00Z","completed":"2020-01-01T00:00:00Z"}"#.utf8),
            to: ".plimsoll/maintenance/collection"
        )
        try await ServerProcess.with(root: root.path, { $0.environment = environment }) { server in
            let loose = try await server.client.push([9, 9, 9, 9], to: "team/app")
            #expect(try await Self.metric(server, "collection_interval_seconds") == 1)
            #expect(try await Self.metric(server, "collection_last_success_timestamp_seconds") == 1_577_836_800)
            try await eventually("it is collected", limit: .seconds(100)) {
                try await server.client.get("/v2/team/app/blobs/\(loose)").status == 404
            }
            try await eventually("it is deleted") {
                (try? Collection.blobs(root.path))?.isEmpty == true
            }
        }
    }

    @Test(
        "is refused to those who would do it beside a server in which nobody can be asked, and does not start beside it"
    )
    func locked() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path, { $0.http = "control: {socket: \"\"}" }) { server in
            let result = try await Collection.run(server.configuration, ["--socket", root.path + "/no.sock"])
            #expect(result.status == .code(2), "\(result)")
            #expect(result.errors.contains("another process has the storage"), "\(result)")
        }
    }

    static func metric(_ server: ServerProcess, _ name: String, _ labels: [String: String] = [:]) async throws -> Double
    {
        let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        return try MetricSamples(text: text).sum("registry_" + name, labels)
    }

    static func ctl(_ server: ServerProcess, _ arguments: String...) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["ctl"] + arguments + ["--config", server.configuration])
    }
}
