//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

/// The made-up store of `make bench-capacity`, a small one of it.
@Suite("The store that benchmarks make up", .timeLimit(.minutes(5)))
struct SyntheticStoreTests {
    @Test("Its ledger is current, its sums are those of a brute force, and reports of it add up")
    func store() async throws {
        let cache = try TemporaryFolder()
        let binary = try ProjectFolder.binary()
        let script = ProjectFolder.path + "/Tests/Benchmarks/synthetic.py"
        let shape = ["--repositories", "300", "--blobs", "6000", "--references", "40000", "--seed", "7"]
        // All sums are computed once more by SQL, and a difference is a failure.
        let command = [script, "--plimsoll", binary, "--cache", cache.path, "--check"] + shape
        let made = try await Tool.run("python3", command)
        try #require(made.succeeded, "\(made)")
        let place = made.output.split(separator: "\n").last.map(String.init) ?? ""
        let configuration = place + "/config.yml"
        let status = try await Tool.run(binary, ["ledger", "status", configuration, "--json"])
        #expect(try JSONValue(text: status.output).array.first?["state"]?.string == "current", "\(status)")
        let told = try await Tool.run(
            binary,
            ["report", "capacity", "--offline", "--config", configuration, "--format", "json"]
        )
        try #require(told.succeeded, "\(told)")
        let report = try JSONValue(text: told.output)
        let repositories = report["repositories"]?.array ?? []
        #expect(repositories.count == 300)
        let referenced = try #require(report["totals"]?["referenced"]?.int)
        #expect(repositories.reduce(0) { $0 + ($1["attributed"]?.int ?? 0) } == referenced)
        let root = try #require(report["namespaces"]?.array.first)
        #expect(root["exclusive"]?.int == referenced && root["deduplicated"]?.int == referenced)
        // The same shape is the same store, out of the cache.
        let again = try await Tool.run("python3", command)
        #expect(again.output == made.output && !again.errors.contains("repository_blobs"))
    }
}
