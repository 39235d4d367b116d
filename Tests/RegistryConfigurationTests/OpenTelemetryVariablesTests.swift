//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The variables of OpenTelemetry")
struct OpenTelemetryVariablesTests {
    private func tracing(_ section: String = "", _ variables: [String: String]) throws -> TracingSettings {
        try load(file(section), environment: variables).tracing
    }

    @Test("an endpoint alone switches tracing on")
    func endpoint() throws {
        let all = try tracing("", ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a:4318/"])
        #expect(all.isActive)
        #expect(all.collector == CollectorSettings(address: "http://a:4318/v1/traces"))
        for address in ["http://a:4318/exactly/here", "http://a:4318/exactly/there/", "http://a/"] {
            let traces = try tracing("", ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": address])
            #expect(traces.collector?.address == address)
        }
        #expect(try tracing("", ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://a"]).collector?.address == "http://a/")
        let both = try tracing(
            "",
            ["OTEL_EXPORTER_OTLP_ENDPOINT": "http://a", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://b/x"]
        )
        #expect(both.collector?.address == "http://b/x")
        let exporter = try tracing("", ["OTEL_TRACES_EXPORTER": "otlp"])
        #expect(exporter.collector?.address == "http://localhost:4318/v1/traces")
        #expect(try !tracing("", ["OTEL_EXPORTER_OTLP_ENDPOINT": ""]).isActive)
        #expect(try !tracing("", ["OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on"]).isActive)
    }

    @Test("they win over the file")
    func precedence() throws {
        let section = """
            tracing: {enabled: true, endpoint: "http://file", headers: {a: b}, protocol: http/json, sampleratio: 0.5}
            """
        let untouched = try tracing(section, [:])
        #expect(untouched.collector?.address == "http://file/v1/traces")
        let changed = try tracing(
            section,
            [
                "OTEL_EXPORTER_OTLP_ENDPOINT": "http://variable", "OTEL_EXPORTER_OTLP_HEADERS": "c=d%20e, f = g ",
                "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf", "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
                "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "1500", "OTEL_EXPORTER_OTLP_TIMEOUT": "9",
                "OTEL_EXPORTER_OTLP_CERTIFICATE": "/ca.pem", "OTEL_BSP_SCHEDULE_DELAY": "10",
                "OTEL_BSP_EXPORT_TIMEOUT": "20", "OTEL_BSP_MAX_QUEUE_SIZE": "30",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "40", "OTEL_TRACES_SAMPLER": "traceidratio",
                "OTEL_TRACES_SAMPLER_ARG": "0.125",
            ]
        )
        let collector = try #require(changed.collector)
        #expect(collector.address == "http://variable/v1/traces")
        #expect(
            collector.headers == [
                CollectorHeader(name: "c", value: Secret("d e")), CollectorHeader(name: "f", value: Secret("g")),
            ]
        )
        #expect(collector.form == .protobuf)
        #expect(!collector.compresses)
        #expect(collector.timeout == .milliseconds(1500))
        #expect(
            collector.tls.certificate == CollectorTLS.File(variable: "OTEL_EXPORTER_OTLP_CERTIFICATE", path: "/ca.pem")
        )
        // A batch can't be larger than what waits.
        #expect(
            collector.batch
                == TraceBatching(delay: .milliseconds(10), timeout: .milliseconds(20), queue: 30, size: 30)
        )
        #expect(changed.sampling == TraceSampling(ratio: 0.125, followsParent: false))
        #expect(changed.ignoredVariables.isEmpty)
    }

    @Test("they switch off, too")
    func off() throws {
        let section = #"tracing: {enabled: true, endpoint: "http://a"}"#
        #expect(try !tracing(section, ["OTEL_SDK_DISABLED": "true"]).isActive)
        #expect(try tracing(section, ["OTEL_SDK_DISABLED": "1"]).isActive)
        #expect(try !tracing(section, ["OTEL_TRACES_SAMPLER": "always_off"]).isActive)
        let withFile = #"tracing: {enabled: true, endpoint: "http://a", file: b}"#
        let none = try tracing(withFile, ["OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://c"])
        #expect(none.collector == nil)
        #expect(none.isActive)
        #expect(try tracing(section, ["OTEL_PROPAGATORS": "none"]).continuesTraces == false)
        #expect(try tracing(section, ["OTEL_PROPAGATORS": "baggage"]).continuesTraces == false)
        for text in ["baggage, tracecontext", "TraceContext,b3"] {
            #expect(try tracing(section, ["OTEL_PROPAGATORS": text]).continuesTraces)
        }
    }

    @Test(
        "samplers have OpenTelemetry's names",
        arguments: [
            ("always_on", nil, 1, false), ("parentbased_always_on", nil, 1, true),
            ("parentbased_always_off", nil, 0, true), ("traceidratio", "0.5", 0.5, false),
            ("parentbased_traceidratio", "0.5", 0.5, true), ("parentbased_traceidratio", nil, 1, true),
            ("PARENTBASED_TRACEIDRATIO", "0", 0, true), ("traceidratio", "1e-3", 0.001, false),
            ("traceidratio", "2.5E-1", 0.25, false),
        ] as [(String, String?, Double, Bool)]
    )
    func samplers(name: String, argument: String?, ratio: Double, followsParent: Bool) throws {
        var variables = ["OTEL_TRACES_SAMPLER": name, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://a"]
        variables["OTEL_TRACES_SAMPLER_ARG"] = argument
        #expect(try tracing("", variables).sampling == TraceSampling(ratio: ratio, followsParent: followsParent))
    }

    @Test("the resource is named by them")
    func resource() throws {
        let resource = try tracing(
            destination,
            [
                "OTEL_RESOURCE_ATTRIBUTES": "service.name=x,deployment.environment.name=a%2Cb , k=",
                "OTEL_SERVICE_NAME": "y",
            ]
        ).resource
        #expect(resource.serviceName == "y")
        #expect(resource.attributes == ["deployment.environment.name": "a,b", "k": ""])
        let alone = try tracing(destination, ["OTEL_RESOURCE_ATTRIBUTES": "service.name=x"])
        #expect(alone.resource.serviceName == "x")
    }

    @Test(
        "one that can't be followed is ignored, and told of without its value if that may be secret",
        arguments: [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "a:4318"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://marked@a"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://a/x?token=marked"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"), ("OTEL_EXPORTER_OTLP_HEADERS", "marked"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "a=marked%0amarked"), ("OTEL_EXPORTER_OTLP_HEADERS", "a=marked%zz"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd"), ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0"), ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
            ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.5"), ("OTEL_SDK_DISABLED", "yes"), ("OTEL_SDK_DISABLED", "1"),
            ("OTEL_PROPAGATORS", "bogus"), ("OTEL_PROPAGATORS", "b3,jaeger"), ("OTEL_PROPAGATORS", "b3,tracecontext"),
            ("OTEL_TRACES_EXPORTER", "zipkin"), ("OTEL_TRACES_EXPORTER", "otlp,console"),
            ("OTEL_RESOURCE_ATTRIBUTES", "=marked"),
        ]
    )
    func ignored(name: String, value: String) throws {
        let section = #"tracing: {enabled: true, endpoint: "http://a"}"#
        let tracing = try tracing(section, [name: value])
        #expect(tracing.ignoredVariables.map(\.name) == [name])
        #expect(tracing.ignoredVariables.allSatisfy { !$0.reason.isEmpty && !$0.reason.contains("marked") })
        var expected = try load(file(section)).tracing
        expected.ignoredVariables = tracing.ignoredVariables
        #expect(tracing == expected)
    }

    private let destination = #"tracing: {enabled: true, endpoint: "http://a"}"#

    @Test(
        "headers of the file go to the server that they are meant for, and to no other",
        arguments: [
            ("https://a.example", true), ("HTTPS://A.example:443/in", true), ("http://a.example", false),
            ("https://a.example:4318", false), ("https://b.example", false),
        ]
    )
    func headers(address: String, isSame: Bool) throws {
        let section =
            #"tracing: {enabled: true, endpoint: "https://a.example/x", headers: {authorization: Bearer marked}}"#
        for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
            let tracing = try tracing(section, [name: address])
            #expect(tracing.collector?.headers.map(\.value.exposed) == (isSame ? ["Bearer marked"] : []))
            #expect(tracing.ignoredVariables.map(\.name) == (isSame ? [] : [name]))
            #expect(tracing.ignoredVariables.allSatisfy { $0.reason.contains("tracing.headers") })
            // What cannot be followed brings none.
            let broken = try self.tracing(section, [name: address, "OTEL_EXPORTER_OTLP_HEADERS": "a"])
            #expect(broken.collector?.headers.isEmpty != isSame)
        }
        let own = ["OTEL_EXPORTER_OTLP_ENDPOINT": address, "OTEL_EXPORTER_OTLP_HEADERS": "a=b"]
        #expect(try tracing(section, own).collector?.headers.map(\.name) == ["a"])
        #expect(try tracing(section, own).ignoredVariables.isEmpty)
    }

    @Test("words count in whatever case")
    func cases() throws {
        let variables = ["OTEL_EXPORTER_OTLP_PROTOCOL": "HTTP/JSON", "OTEL_EXPORTER_OTLP_COMPRESSION": "None"]
        let tracing = try tracing(destination, variables)
        #expect(tracing.collector?.form == .json && tracing.collector?.compresses == false)
        #expect(tracing.ignoredVariables.isEmpty)
    }

    @Test(
        "one that nothing comes of is told of once, whichever it is, unless it asks for nothing",
        arguments: [
            ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "12"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "9"),
            ("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "otlp"),
            ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://b"), ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
            ("OTEL_TRACE_SAMPLER", "always_on"),
        ]
    )
    func unused(name: String, value: String) throws {
        for section in ["", "tracing: {enabled: true, file: b}", destination] {
            let tracing = try tracing(section, [name: value])
            #expect(tracing.ignoredVariables.map(\.name) == [name])
            #expect(tracing.ignoredVariables.first?.reason == "is none that Plimsoll has a use for")
            for nothing in ["", "none", "None"] {
                #expect(try self.tracing(section, [name: nothing]).ignoredVariables.isEmpty)
            }
        }
    }

    @Test("those of a collector have no effect without one, and those of traces none where nothing is traced")
    func withoutDestination() throws {
        let exporting = [
            "OTEL_BSP_SCHEDULE_DELAY": "10", "OTEL_EXPORTER_OTLP_HEADERS": "a=marked",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "7",
        ]
        let tracing = ["OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "1", "OTEL_SERVICE_NAME": "x"]
        let variables = exporting.merging(tracing) { first, _ in first }
        let nothing = try self.tracing("", variables)
        #expect(nothing.ignoredVariables.map(\.name) == variables.keys.sorted())
        #expect(nothing.ignoredVariables.allSatisfy { $0.reason == "has no effect where nothing is traced" })
        #expect(try self.tracing(#"tracing: {endpoint: "http://a"}"#, variables).ignoredVariables.count == 7)
        let file = try self.tracing("tracing: {enabled: true, file: b}", variables)
        #expect(file.ignoredVariables.map(\.name) == exporting.keys.sorted())
        #expect(file.ignoredVariables.allSatisfy { $0.reason == "has no effect without a collector" })
        #expect(file.sampling.ratio == 1)
        #expect(try self.tracing(destination, variables).ignoredVariables.isEmpty)
        // Who switches it off knows.
        let off = variables.merging(["OTEL_SDK_DISABLED": "true"]) { first, _ in first }
        #expect(try self.tracing("", off).ignoredVariables.isEmpty)
    }

    @Test("what holds instead is told")
    func instead() throws {
        func reasons(_ variables: [String: String]) throws -> [String] {
            let section = #"tracing: {enabled: true, endpoint: "http://a", sampleratio: 0.25}"#
            return try tracing(section, variables).ignoredVariables.map(\.reason)
        }
        let share = "; the share is tracing.sampleratio, 0.25"
        #expect(try reasons(["OTEL_TRACES_SAMPLER": "jaeger_remote"])[0].hasSuffix("not \"jaeger_remote\"" + share))
        #expect(
            try reasons(["OTEL_TRACES_SAMPLER_ARG": "1"]) == ["has no effect without OTEL_TRACES_SAMPLER" + share]
        )
        #expect(
            try reasons(["OTEL_TRACES_SAMPLER": "always_on", "OTEL_TRACES_SAMPLER_ARG": "1"])
                == ["has no effect with always_on"]
        )
        #expect(
            try reasons(["OTEL_TRACES_EXPORTER": "OTLP, console"])
                == ["takes otlp, none, not \"console\"; the others hold"]
        )
        #expect(
            try reasons(["OTEL_PROPAGATORS": "b3,jaeger"])
                == ["takes tracecontext, baggage, none, not \"b3\", \"jaeger\""]
        )
        let exported = try tracing("", ["OTEL_TRACES_EXPORTER": "console,otlp"])
        #expect(exported.collector?.address == "http://localhost:4318/v1/traces")
    }
}
