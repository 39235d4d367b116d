//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("plimsoll purge-uploads", .timeLimit(.minutes(5)))
struct PurgeCommandTests {
    private func purge(_ arguments: [String]) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), ["purge-uploads"] + arguments, environment: [:])
    }

    @Test("lists what it would remove, and then removes it")
    func purges() async throws {
        let folder = try TemporaryFolder()
        let uploads = "root/docker/registry/v2/repositories/team/app/_uploads"
        for (id, start) in [("old", "2020-01-02T03:04:05Z"), ("new", "2999-01-01T00:00:00Z")] {
            try folder.write(Array(start.utf8), to: "\(uploads)/\(id)/startedat")
            try folder.write([1, 2, 3], to: "\(uploads)/\(id)/data")
        }
        let yaml = "version: 0.1\nstorage: {filesystem: {rootdirectory: \"\(folder.path)/root\"}}\n"
        let config = folder.path + "/config.yml"
        try folder.write(Array((yaml + "http: {addr: \"127.0.0.1:0\"}\n").utf8), to: "config.yml")

        let dry = try await purge([config, "--dry-run", "--json"])
        #expect(dry.succeeded, "\(dry)")
        let row = try #require(try JSONValue(text: dry.output).array.first)
        #expect(row["repository"]?.string == "team/app" && row["upload"]?.string == "old")
        #expect(row["began"]?.string == "2020-01-02T03:04:05Z")
        #expect(dry.errors.hasPrefix("1 uploads would be removed, 3 bytes; 1 are not old enough, "))

        let real = try await purge([config, "--older-than", "24h"])
        #expect(real.succeeded && real.output.contains("team/app"), "\(real)")
        #expect(real.errors.hasPrefix("1 uploads removed, 3 bytes; "))
        let again = try await purge([config, "--json"])
        #expect(again.succeeded && again.output == "[]\n", "\(again)")
        #expect(try await purge([config, "--older-than", "soon"]).status == .code(64))
        let missing = try await purge(["/nowhere/config.yml"])
        #expect(missing.status == .code(1) && missing.errors.contains("/nowhere/config.yml"))
    }
}
