//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("A journal that takes no audit entries", .timeLimit(.minutes(5)))
struct SpillTests {
    /// Who names the place of the spill file.
    enum Place: CaseIterable {
        case configuration
        case systemd
    }

    @Test(
        "Spilled entries are all delivered, over kills, in order; each kill doubles one at most",
        arguments: Place.allCases
    )
    func kills(_ place: Place) async throws {
        let folder = try TemporaryFolder()
        let path = place == .configuration ? "path: \(folder.path)/audit-spill.log, " : ""
        let yaml = """
            version: 0.1
            storage: {inmemory: {}}
            auth: {silly: {realm: a, service: b}}
            http: {addr: "127.0.0.1:0"}
            log:
              spill: {\(path)maxsize: 32MiB}
              sinks:
                stdout: {kinds: [event]}
                journald: {enabled: true, socket: \(folder.path)/journal, kinds: [audit]}
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
        let script = ProjectFolder.path + "/Tests/PeerTests/Faults/spill.py"
        let server = [try ProjectFolder.binary(), "serve", folder.path + "/config.yml"]
        let output = try await Tool.output(
            ProjectFolder.python,
            [script, folder.path, "45000", "3"] + server,
            environment: [
                "RUNTIME_DIRECTORY": folder.path,
                "STATE_DIRECTORY": place == .systemd ? "\(folder.path):/nowhere" : "/nowhere",
            ]
        )
        let result = try JSONValue(text: output)
        #expect((result["spilled"]?.int ?? 0) > 1000, "\(output)")
        #expect(result["missing"]?.int == 0, "\(output)")
        #expect((0...3).contains(result["doubled"]?.int ?? -1), "\(output)")
        #expect(result["in_order"] == .bool(true), "\(output)")
        #expect(result["is_gone"] == .bool(true), "\(output)")
    }
}
