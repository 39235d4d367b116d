//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section tracing")
struct TracingSettingsTests {
    @Test("without it nothing is traced")
    func nothing() throws {
        for text in ["", "tracing:", "tracing: {}", "tracing: {enabled: false}"] {
            let tracing = try load(file(text)).tracing
            #expect(tracing == TracingSettings())
            #expect(!tracing.isActive)
        }
    }

    @Test("every key is taken")
    func keys() throws {
        let tracing = try load(
            file(
                """
                tracing:
                  enabled: true
                  sampleratio: 0.25
                  slow: 250ms
                  file: /var/log/plimsoll/traces.jsonl
                  endpoint: https://collector.example:4318/in
                  headers: {Authorization: Bearer abc}
                  protocol: http/json
                """
            )
        ).tracing
        #expect(tracing.isActive)
        #expect(tracing.sampling == TraceSampling(ratio: 0.25, followsParent: true))
        #expect(tracing.slow == .milliseconds(250))
        #expect(tracing.file == "/var/log/plimsoll/traces.jsonl")
        let collector = try #require(tracing.collector)
        #expect(collector.address == "https://collector.example:4318/in/v1/traces")
        #expect(collector.headers == [CollectorHeader(name: "Authorization", value: Secret("Bearer abc"))])
        #expect(collector.form == .json)
        #expect(collector.compresses)
        #expect(collector.batch == TraceBatching(delay: .seconds(5), timeout: .seconds(30), queue: 2048, size: 512))
        #expect(collector.timeout == .seconds(10))
    }

    @Test("a share may have an exponent", arguments: [("1e-3", 0.001), ("2.5E-1", 0.25), ("1e+0", 1), ("0.5", 0.5)])
    func exponent(text: String, ratio: Double) throws {
        let tracing = try load(file("tracing: {enabled: true, file: a, sampleratio: \(text)}")).tracing
        #expect(tracing.sampling.ratio == ratio)
    }

    @Test("what it does by default")
    func defaults() throws {
        let tracing = try load(file("tracing: {enabled: true, file: a}")).tracing
        #expect(tracing.sampling == TraceSampling(ratio: 0.01, followsParent: true))
        #expect(tracing.slow == .seconds(1))
        #expect(tracing.collector == nil)
        #expect(tracing.resource == TraceResource(serviceName: "plimsoll", attributes: [:]))
        #expect(try !load(file("tracing: {file: a, endpoint: http://a}")).tracing.isActive)
    }

    @Test(
        "what is wrong is told with its line",
        arguments: [
            ("sampleratio: 1.1", "sampleratio: must be a number from 0 to 1, not \"1.1\""),
            ("sampleratio: -0.1", "sampleratio: must be a number from 0 to 1, not \"-0.1\""),
            ("sampleratio: 5%", "sampleratio: must be a number from 0 to 1, not \"5%\""),
            ("sampleratio: 1e1", "sampleratio: must be a number from 0 to 1, not \"1e1\""),
            ("sampleratio: 0x1p-2", "sampleratio: must be a number from 0 to 1, not \"0x1p-2\""),
            ("sampleratio: nan", "sampleratio: must be a number from 0 to 1, not \"nan\""),
            ("slow: 5", "slow: a duration needs a unit; write 5s"), ("slow: -1s", "slow: must not be negative"),
            ("endpoint: collector:4318", "endpoint: must be a URL such as https://registry.example.com"),
            ("endpoint: http://me:secret@a", "endpoint: must name a host, and nothing beside host, port and path"),
            ("protocol: grpc", "protocol: must be http/protobuf or http/json, not \"grpc\""),
            ("headers: {a b: c}", "headers.a b: is no header that HTTP can carry"),
            ("headers: {a: [c]}", "headers.a: must be a single value"),
            ("headers: [a]", "headers: must be a map of keys"),
            ("enabled: \"true\"", "enabled: must be true or false without quotes"),
            ("ratio: 1", "ratio: unknown key"),
            ("endpiont: http://a", "endpiont: unknown key; did you mean \"endpoint\"?"),
        ]
    )
    func wrong(text: String, problem: String) {
        #expect(problems(file("tracing:\n  \(text)")) == ["config.yml:5: tracing.\(problem)"])
    }

    @Test("traces that lead nowhere are refused, unless the environment knows where to")
    func nowhere() throws {
        let text = file("tracing:\n  enabled: true")
        #expect(
            problems(text) == [
                "config.yml:5: tracing.enabled: there is nowhere to send traces: set tracing.endpoint or tracing.file"
            ]
        )
        let environment = ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318"]
        #expect(try load(text, environment: environment).tracing.isActive)
    }

    @Test("variables reach its keys, and secrets show nowhere")
    func environment() throws {
        let environment = [
            "REGISTRY_TRACING_ENABLED": "true", "REGISTRY_TRACING_ENDPOINT": "http://a:4318",
            "REGISTRY_TRACING_SAMPLERATIO": "1", "REGISTRY_TRACING_HEADERS_AUTHORIZATION": "Bearer marked",
        ]
        let configuration = try load(file(""), environment: environment)
        #expect(configuration.tracing.isActive)
        #expect(configuration.tracing.sampling.ratio == 1)
        #expect(configuration.tracing.collector?.headers.first?.value.exposed == "Bearer marked")
        var dumped = ""
        dump(configuration, to: &dumped)
        #expect(!dumped.contains("marked"))
        let wrong = ["REGISTRY_TRACING_HEADERS": #"{a: "b\u0000marked"}"#]
        #expect(!problems(file(""), environment: wrong).isEmpty)
        #expect(!problems(file(""), environment: wrong).joined().contains("marked"))
    }
}
