//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Synchronization
import Testing

/// Pushes, mounts, deletions and collections at once, over the wire, for as long as `PLIMSOLL_COLLECTION_SECONDS` says, and
/// until there were some of each: a disk that others keep busy makes a few pushes of thousands.
@Suite("Collections under load")
struct CollectionLoadTests {
    private static let clients = 6
    private static let names = ["load/a", "load/b", "load/b/c", "d"]

    @Test("leave every tag with a whole image, and free what nothing needs")
    func load() async throws {
        let seconds = ProcessInfo.processInfo.environment["PLIMSOLL_COLLECTION_SECONDS"].flatMap { Int($0) } ?? 25
        let root = try TemporaryFolder()
        let socket = root.path + "/control.sock"
        try await ServerProcess.with(root: root.path + "/root", { $0.http = "control: {socket: \"\(socket)\"}" }) {
            server in
            try await LedgerProcess.current(server)
            let end = ContinuousClock.now + .seconds(seconds)
            let last = end + .seconds(600)
            let counts = Counts()
            let goesOn: @Sendable () -> Bool = { .now < end || (.now < last && !counts.suffice) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<Self.clients {
                    group.addTask { while goesOn() { try await Self.change(server.client, counts) } }
                }
                group.addTask {
                    var flags = ["--older-than", "0s"]
                    while goesOn() {
                        flags = flags.contains("-m") ? ["--older-than", "0s", "--no-trash"] : flags + ["-m"]
                        let result = try await Collection.run(server.configuration, ["--json"] + flags)
                        let report = try JSONValue(text: result.output)
                        #expect(report["result"]?.string == "completed", "\(result)")
                        #expect(report["reconciled"] == .bool(true), "\(result)")
                        counts.add("collections")
                        counts.add("removed", report["removed"]?["blobs"]?.int ?? 0)
                        counts.add("used", report["spared"]?["used"]?["count"]?.int ?? 0)
                    }
                }
                try await group.waitForAll()
            }
            print("collections under load: \(counts.text)")
            #expect(counts.suffice, "\(counts.text)")
            #expect(try await Collection.pullAll(server.client) > 0)
            #expect(try await LedgerProcess.differences(server) == [])
            _ = try await Collection.report(server.configuration, "-m", "--older-than", "0s", "--no-trash")
            try await Collection.pullAll(server.client, "after the last:")
            let scrub = try await Tool.run(try ProjectFolder.binary(), ["scrub", server.configuration])
            #expect(scrub.succeeded, "\(scrub)")
            #expect(try await server.event("scrub_completed")?["damaged"]?.int == 0)
        }
    }

    private static func change(_ client: WireClient, _ counts: Counts) async throws {
        let (name, other) = (names.randomElement() ?? "d", names.randomElement() ?? "d")
        let tag = ["1", "2", "latest"].randomElement() ?? "1"
        let layers = (0..<Int.random(in: 1...3)).map { _ in
            PseudorandomBytes.bytes(3_000, seed: Int.random(in: 0..<10))
        }
        switch Int.random(in: 0..<10) {
        case 0...4: try await push(client, layers, name, other, tag, counts)
        case 5, 6:
            counts.add("tags deleted", try await client.delete("/v2/\(name)/manifests/\(tag)").status == 202 ? 1 : 0)
        case 7, 8:
            let digest = try await client.head("/v2/\(name)/manifests/\(tag)")["docker-content-digest"]
            guard let digest else { return }
            counts.add("deleted", try await client.delete("/v2/\(name)/manifests/\(digest)").status == 202 ? 1 : 0)
        default:
            // Whoever pulls meanwhile gets it whole or is told that it is gone.
            let response = try await client.get("/v2/\(name)/blobs/\(Digest.of(layers[0]))")
            #expect(response.status == 404 || response.body == layers[0], "\(response.status)")
            counts.add("pulled", response.status == 200 ? 1 : 0)
        }
    }

    /// As clients push: what is there is left out, what another repository has is mounted.
    private static func push(
        _ client: WireClient,
        _ layers: [[UInt8]],
        _ name: String,
        _ other: String,
        _ tag: String,
        _ counts: Counts
    ) async throws {
        let configuration = Array("{}".utf8)
        for bytes in [configuration] + layers {
            let digest = Digest.of(bytes)
            if try await client.head("/v2/\(name)/blobs/\(digest)").status == 200 { continue }
            let target = "/v2/\(name)/blobs/uploads/?mount=\(digest)&from=\(other)"
            if try await client.send("POST", target, body: []).status == 201 {
                counts.add("mounted")
                continue
            }
            try await client.push(bytes, to: name)
        }
        let manifest = WireClient.manifest(configuration: configuration, layers: layers)
        let response = try await client.put(manifest, as: tag, to: name)
        // What was there may have been collected until the manifest came, since nothing is too young here.
        #expect(response.status == 201 || response.text.contains("MANIFEST_BLOB_UNKNOWN"), "\(response.text)")
        counts.add(response.status == 201 ? "pushed" : "refused")
    }

    private final class Counts: Sendable {
        private let counts = Mutex<[String: Int]>([:])

        subscript(_ name: String) -> Int { counts.withLock { $0[name] ?? 0 } }

        func add(_ name: String, _ count: Int = 1) { counts.withLock { $0[name, default: 0] += count } }

        /// Whether there was enough of each to have met.
        var suffice: Bool { self["pushed"] > 10 && self["collections"] > 3 && self["removed"] > 10 }

        var text: String {
            counts.withLock { $0.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ") }
        }
    }
}
