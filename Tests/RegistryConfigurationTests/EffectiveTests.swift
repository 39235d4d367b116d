//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("What holds")
struct EffectiveTests {
    private static let yaml = """
        version: 0.1
        storage:
          filesystem: {rootdirectory: /srv, maxthreads: 5}
        http:
          addr: ":5000"
          secret: hunter2
          headers:
            X-A: [one, "two: three"]
        log:
          fields: {site: bremen}
        catalog: {maxentries: 0}
        """

    private func effective(_ environment: [String: String] = [:]) throws -> EffectiveConfiguration {
        try RegistryConfiguration.inspect(yaml: Self.yaml, file: "config.yml", environment: environment).effective
    }

    /// Lines of the form in YAML that contain a text.
    private func lines(_ text: String, _ environment: [String: String] = [:]) throws -> [String] {
        try effective(environment).yaml.split(separator: "\n").map(String.init).filter { $0.contains(text) }
    }

    @Test("tells the line, the variable or the default of each value")
    func origins() throws {
        #expect(try lines("addr: \":5000\"") == ["  addr: \":5000\"  # config.yml:5"])
        #expect(
            try lines("rootdirectory", ["REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/x"]) == [
                "    rootdirectory: /x  # REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY"
            ]
        )
        #expect(try lines("draintimeout") == ["  draintimeout: 30s  # default"])
        #expect(try lines("host: null") == ["  host: null  # default: the Host header of each request"])
        #expect(try lines("two: three") == ["      - \"two: three\"  # config.yml:8"])
    }

    @Test("shows what a value stands for")
    func meanings() throws {
        #expect(try lines("maxthreads") == ["    maxthreads: 25  # config.yml:3"])
        #expect(try lines("maxentries") == ["  maxentries: 1000  # config.yml:11"])
        #expect(try lines("  level: debug", ["REGISTRY_LOGLEVEL": "debug"]) == ["  level: debug  # REGISTRY_LOGLEVEL"])
        #expect(
            try lines("relativeurls", ["REGISTRY_HTTP_RELATIVEURLS": "yes"]) == [
                "  relativeurls: true  # REGISTRY_HTTP_RELATIVEURLS"
            ]
        )
    }

    @Test("shows no secret, wherever it comes from")
    func secrets() throws {
        let environment = [
            "REGISTRY_TRACING_ENDPOINT": "http://c", "REGISTRY_TRACING_HEADERS": "{Authorization: hunter2}",
            "REGISTRY_HEALTH_HTTP": "[{uri: 'http://a/?hunter2', headers: {A: [hunter2]}}]",
            "REGISTRY_MIDDLEWARE_STORAGE": "[{name: redirect, disabled: true, options: {key: hunter2}}]",
            "REGISTRY_PROXY": "{enabled: false, password: hunter2}",
            "REGISTRY_REDIS": "{enabled: false, password: hunter2}",
        ]
        for variables in [
            environment, ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_HEADERS": "a=hunter2"],
        ] {
            let effective = try effective(variables)
            #expect(!effective.yaml.contains("hunter2") && !effective.json.contains("hunter2"))
            #expect(effective.yaml.contains("secret: \"<redacted>\"  # config.yml:6"))
        }
    }

    @Test("follows the variables of OpenTelemetry")
    func openTelemetry() throws {
        let environment = [
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c:4318", "OTEL_TRACES_SAMPLER": "traceidratio",
            "OTEL_TRACES_SAMPLER_ARG": "0.5",
        ]
        #expect(try lines("endpoint:", environment) == ["  endpoint: http://c:4318  # OTEL_EXPORTER_OTLP_ENDPOINT"])
        #expect(try lines("sampleratio", environment) == ["  sampleratio: 0.5  # OTEL_TRACES_SAMPLER_ARG"])
        #expect(try lines("endpoint:") == ["  endpoint: null  # default"])
        // Headers that stay behind with the endpoint of the file are none that are sent.
        var headers = ["REGISTRY_TRACING_ENDPOINT": "http://a", "REGISTRY_TRACING_HEADERS": "{X-Token: a}"]
        #expect(try lines("X-Token", headers).count == 1)
        headers["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://c"
        #expect(try lines("X-Token", headers).isEmpty)
    }

    @Test("has an object for each value in JSON")
    func json() throws {
        let text = try effective(["REGISTRY_LOG_LEVEL": "warn"]).json
        for line in [
            #"{"key": "version", "value": 0.1, "origin": "file", "file": "config.yml", "line": 1}"#,
            #"{"key": "storage.delete.enabled", "value": false, "origin": "default"}"#,
            #"{"key": "http.headers.X-A.1", "value": "two: three", "origin": "file", "file": "config.yml", "line": 8}"#,
            #"{"key": "log.level", "value": "warn", "origin": "environment", "variable": "REGISTRY_LOG_LEVEL"}"#,
        ] { #expect(text.contains("  " + line + ",\n"), "\(line)") }
    }

    @Test("names the paths, and counts the values")
    func paths() throws {
        let effective = try effective(["REGISTRY_HTTP_TLS": "{certificate: /c, key: /k, clientcas: [/a, /b]}"])
        let given = effective.paths.filter { $0.origin != .whole }
        #expect(
            given.map(\.key) == [
                "storage.filesystem.rootdirectory", "http.tls.certificate", "http.tls.key", "http.tls.clientcas.0",
                "http.tls.clientcas.1",
            ]
        )
        #expect(given.map(\.use) == [.folder, .read, .readSecret, .read, .read])
        #expect(effective.counts == (file: 9, environment: 4))
        #expect(effective.origin(of: "http.tls") == .environment(variable: "REGISTRY_HTTP_TLS"))
        #expect(effective.origin(of: "http.addr") == .file(line: 5))
        #expect(effective.origin(of: "http.net") == nil)
        #expect(effective.origin(of: "http.nothing") == nil)
    }
}
