//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("Restarts with a socket that stays", .timeLimit(.minutes(5)))
struct RestartTests {
    @Test("Restarts under load fail no request, on new connections and on kept ones")
    func load() async throws {
        let folder = try TemporaryFolder()
        let yaml = """
            version: 0.1
            storage: {inmemory: {}}
            http: {addr: "127.0.0.1:0"}
            log: {level: error, accesslog: {disabled: true}}
            """
        try folder.write(Array(yaml.utf8), to: "config.yml")
        let script = ProjectFolder.path + "/Tests/PeerTests/Operating/restarts.py"
        let server = [try ProjectFolder.binary(), "serve", folder.path + "/config.yml"]
        let output = try await Tool.output(
            ProjectFolder.python,
            [script, "20"] + server,
            environment: ["RUNTIME_DIRECTORY": folder.path]
        )
        let result = try JSONValue(text: output)
        #expect(result["failures"]?.array.map(\.string) == [], "\(output)")
        #expect((result["served"]?.int ?? 0) >= 4000)
    }
}
