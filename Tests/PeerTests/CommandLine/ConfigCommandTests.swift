//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("The configuration on the command line", .timeLimit(.minutes(5)))
struct ConfigCommandTests {
    private func plimsoll(
        _ arguments: [String],
        environment: [String: String] = [:]
    ) async throws -> Tool.Result {
        try await Tool.run(ProjectFolder.binary(), ["config"] + arguments, environment: environment)
    }

    /// A file with the smallest configuration and more.
    private func file(_ text: String, http: String = "", in folder: TemporaryFolder) throws -> String {
        let head =
            "version: 0.1\nstorage: {filesystem: {rootdirectory: \(folder.path)/root}}\nhttp: {addr: \":5000\"\(http)}\n"
        try folder.write(Array((head + text).utf8), to: "config.yml")
        return folder.path + "/config.yml"
    }

    @Test("A sound file is ok, and summed up")
    func ok() async throws {
        let folder = try TemporaryFolder()
        let path = try file("catalog: {maxentries: 5}\n", in: folder)
        let result = try await plimsoll(["check", path], environment: ["REGISTRY_LOG_LEVEL": "warn"])
        #expect(result.succeeded && result.errors.isEmpty, "\(result)")
        #expect(result.output.hasPrefix("\(path): ok: storage filesystem \(folder.path)/root; http on :5000"))
        #expect(result.output.hasSuffix("4 values from the file, 1 from the environment\n"))
    }

    @Test("Every problem is told with its place, and the exit code is 1")
    func problems() async throws {
        let folder = try TemporaryFolder()
        let path = try file("lgo: {}\nlog: {levle: info}\n", in: folder)
        let result = try await plimsoll(["check", path], environment: ["REGISTRY_HTTP_ADRR": "x"])
        #expect(result.status == .code(1) && result.output.isEmpty)
        let lines = [
            "\(path):4: lgo: unknown key; did you mean \"log\"?",
            "\(path):5: log.levle: unknown key; did you mean \"level\"?",
            "REGISTRY_HTTP_ADRR: http.adrr: unknown key; did you mean REGISTRY_HTTP_ADDR?",
        ]
        #expect(result.errors == lines.joined(separator: "\n") + "\n")
        let ignoring = try await plimsoll(["check", path, "--ignore-environment"], environment: ["REGISTRY_X": "y"])
        #expect(ignoring.errors == lines.dropLast().joined(separator: "\n") + "\n")
    }

    @Test("A field of the log that the log writes itself is a problem before the server starts")
    func reservedFields() async throws {
        let folder = try TemporaryFolder()
        let path = try file("log: {fields: {seq: x, site: y, event: z}}\n", in: folder)
        let result = try await plimsoll(["check", path])
        #expect(result.status == .code(1) && result.output.isEmpty)
        #expect(result.errors.contains("log.fields must not have keys that the log writes itself: event, seq"))
    }

    @Test("What is not there on this machine is a warning")
    func warnings() async throws {
        let folder = try TemporaryFolder()
        let path = try file("log: {sinks: {file: {path: /nowhere/at/all.log}}}\n", in: folder)
        let result = try await plimsoll(["check", path])
        #expect(result.succeeded, "\(result)")
        let warning = "log.sinks.file.path: warning: /nowhere/at/all.log: its folder: No such file or directory"
        #expect(result.errors == "\(path):4: \(warning)\n")
    }

    @Test("What has nothing to act on is a warning")
    func withoutEffect() async throws {
        let folder = try TemporaryFolder()
        let path = try file("", in: folder)
        let result = try await plimsoll(["check", path], environment: ["REGISTRY_STORAGE_TAG_CONCURRENCYLIMIT": "8"])
        #expect(result.succeeded, "\(result)")
        #expect(
            result.errors.hasPrefix("REGISTRY_STORAGE_TAG_CONCURRENCYLIMIT: storage.tag.concurrencylimit: warning: has")
        )
    }

    @Test("Events that are kept nowhere are a warning")
    func volatileEvents() async throws {
        let folder = try TemporaryFolder()
        let endpoints = "notifications: {endpoints: [{name: a, url: 'http://h'}]}\n"
        let kept = try await plimsoll(["check", try file(endpoints, in: folder)])
        #expect(kept.succeeded && kept.errors.isEmpty, "\(kept)")
        let path = try file(endpoints + "ledger: {enabled: false}\n", in: folder)
        let result = try await plimsoll(["check", path])
        #expect(result.succeeded, "\(result)")
        #expect(result.errors.hasPrefix("\(path): notifications.endpoints: warning: there is no ledger"), "\(result)")
    }

    @Test("A destination of traces without tracing is a warning, unless tracing is switched off by word")
    func idleTraces() async throws {
        let folder = try TemporaryFolder()
        let told = "warning: has no effect, since nothing is traced without tracing.enabled: true\n"
        let endpoint = try await plimsoll(["check", try file("tracing: {endpoint: 'http://a'}\n", in: folder)])
        #expect(endpoint.succeeded && endpoint.errors == "\(folder.path)/config.yml:4: tracing.endpoint: " + told)
        let path = try file("", in: folder)
        let variable = ["REGISTRY_TRACING_FILE": folder.path + "/traces"]
        let named = try await plimsoll(["check", path], environment: variable)
        #expect(named.succeeded && named.errors == "REGISTRY_TRACING_FILE: tracing.file: " + told)
        let off = variable.merging(["REGISTRY_TRACING_ENABLED": "false"]) { $1 }
        #expect(try await plimsoll(["check", path], environment: off).errors.isEmpty)
        let other = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a"]
        #expect(try await plimsoll(["check", path], environment: other).errors.isEmpty)
    }

    @Test("Every key is explained, and slips are helped with")
    func explain() async throws {
        let key = try await plimsoll(["explain", "REGISTRY_HTTP_DRAINTIMEOUT"])
        #expect(key.output.hasPrefix("http.draintimeout\n") && key.output.contains("default   30s"))
        let slip = try await plimsoll(["explain", "http.adr"])
        #expect(slip.status == .code(1))
        #expect(slip.errors == "plimsoll: there is no key \"http.adr\"; did you mean http.addr?\n")
        #expect(try await plimsoll(["explain", "--all"]).output.contains("\nredis.sentinelpassword\n"))
    }

    private static let script = """
        import json, pathlib, sys, yaml, jsonschema
        schema = json.load(open(sys.argv[1]))
        jsonschema.Draft7Validator.check_schema(schema)
        validator = jsonschema.Draft7Validator(schema)
        folder = pathlib.Path(sys.argv[2])
        outcomes = (folder / "outcomes.txt").read_text()
        files = [f for f in folder.glob("*.yml") if f"{f.name}: ok" in outcomes]
        assert len(files) > 5
        for file in files + [pathlib.Path(f) for f in sys.argv[3:]]:
            for error in validator.iter_errors(yaml.safe_load(file.read_text())):
                print(file.name, list(error.path), error.message)
        assert not validator.is_valid(yaml.safe_load((folder / "misspelt.yml").read_text()))
        """

    @Test("The schema for editors takes what the server takes")
    func schema() async throws {
        let root = ProjectFolder.path
        let arguments = [
            "-c", Self.script, root + "/docs/config.schema.json", root + "/Tests/RegistryConfigurationTests/Corpus",
            root + "/config/registry.yml", root + "/config/quickstart.yml",
        ]
        #expect(try await Tool.output("/usr/bin/python3", arguments) == "")
    }
}
