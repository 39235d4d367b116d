//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTestKit
import Testing

@Suite("Schema of the log", .timeLimit(.minutes(5)))
struct LogSchemaTests {
    private static let script = """
        import json, sys, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft202012Validator.check_schema(schema)
        validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
        for line in open(sys.argv[2]):
            for error in validator.iter_errors(json.loads(line)):
                print(line, error.message)
        """

    private func complaints(_ lines: [String]) async throws -> String {
        let folder = try TemporaryFolder()
        try folder.write(Array(lines.map { $0 + "\n" }.joined().utf8), to: "lines")
        let schema = ProjectFolder.path + "/docs/log.schema.json"
        return try await Tool.output("/usr/bin/python3", ["-c", Self.script, schema, folder.path + "/lines"])
    }

    @Test("Every line of a server is as docs/log.schema.json says")
    func lines() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let client = server.client
            try await client.pushImage(to: "a/b", reference: "1", layers: [[1, 2]])
            for target in ["/v2/", "/v2/a/b/manifests/1", "/v2/a/b/manifests/2", "/v2/_catalog", "/nowhere", "/v2/A/b"]
            {
                for method in ["GET", "HEAD", "DELETE", "BREW"] { _ = try await client.send(method, target) }
            }
            _ = try await client.beginUpload(in: "a/b")
            try await WireConnection.with(port: server.port) { connection in
                try await connection.send("this is not HTTP\r\n\r\n")
                _ = try? await connection.response()
            }
            await server.terminate()
            let lines = await server.process.output.whole().split(separator: "\n").map(String.init)
            #expect(lines.count > 30)
            #expect(try await complaints(lines) == "")
            // A check that finds nothing anywhere would be none.
            let wrong = lines.map { $0.replacing("\"event\":\"server_st", with: "\"event\":\"servant_st") }
            #expect(try await complaints(wrong).contains("servant_st"))
            let short = lines.map { $0.replacing("\"outcome\"", with: "\"result\"") }
            #expect(try await complaints(short) != "")
        }
    }
}
