//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

#if canImport(Glibc)
    import Glibc
#endif

@Suite("Traces at a collector", .timeLimit(.minutes(5)))
struct TraceExportTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// Serves with a collector behind.
    private func with(
        answers: [String] = [],
        _ variables: [String: String] = [:],
        _ body: (ServerProcess, CollectorProcess) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await CollectorProcess.with(answers) { collector in
            let environment = collector.environment.merging(variables) { $1 }
            try await ServerProcess.with(root: folder.path, { $0.environment = environment }) { server in
                try await body(server, collector)
            }
        }
    }

    private func metric(_ server: ServerProcess, _ name: String, _ labels: [String: String] = [:]) async throws -> Int {
        let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
        return Int(try MetricSamples(text: text).sum("registry_trace_spans_\(name)_total", labels))
    }

    @Test(
        "A push and a pull arrive as OpenTelemetry's own decoder reads them",
        arguments: ["http/protobuf", "http/json"],
        ["gzip", "none"]
    )
    func encodings(form: String, compression: String) async throws {
        let variables = [
            "OTEL_EXPORTER_OTLP_PROTOCOL": form, "OTEL_EXPORTER_OTLP_COMPRESSION": compression,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-token=a%20b", "OTEL_SERVICE_NAME": "shop",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
        ]
        try await with(variables) { server, collector in
            try await server.client.pushImage(to: "team/app", reference: "1", layers: [[1, 2, 3]])
            let headers = [
                ("traceparent", Self.parent), ("tracestate", "vendor=a b, other=2"), ("X-Request-Id", "job-1"),
                ("User-Agent", "containerd/1.7.\"é\\"),
            ]
            let pulled = try await server.client.send("GET", "/v2/team/app/manifests/1", headers: headers)
            #expect(pulled.status == 200)
            let spans = try await collector.trace(of: pulled)
            let request = try #require(spans.first)
            #expect(request.name == "GET /v2/{name}/manifests/{reference}")
            #expect(request.traceID == "4bf92f3577b34da6a3ce929d0e0e4736")
            #expect(request.parentID == "00f067aa0ba902b7")
            #expect(pulled["traceresponse"] == "00-\(request.traceID)-\(request.id)-01")
            #expect(request.value["trace_state"]?.string == "vendor=a b, other=2")
            #expect(request.value["kind"]?.int == 2)
            #expect(request.value["status"]?.int == 0)
            #expect(request.text("registry.request_id") == pulled["x-request-id"])
            #expect(request.text("registry.client_request_id") == "job-1")
            #expect(request.text("registry.repository") == "team/app")
            #expect(request.text("oci.manifest.digest") == pulled["docker-content-digest"])
            #expect(request.text("sampling.reason") == "parent")
            #expect(request.number("http.response.status_code") == 200)
            #expect(request.number("http.response.body.size") == pulled.body.count)
            #expect(spans.dropFirst().map(\.name) == ["storage GetContent", "manifest cache"])
            #expect(spans.dropFirst().allSatisfy { $0.parentID == request.id && $0.duration <= request.duration })
            try await compareWithLog(server, request)

            let first = try #require(try collector.requests().first)
            #expect(first["path"]?.string == "/v1/traces")
            #expect(first["headers"]?["x-token"]?.string == "a b")
            #expect(first["headers"]?["content-encoding"]?.string == (compression == "gzip" ? "gzip" : nil))
            let resource = first["resources"]?.array.first?["attributes"]
            #expect(resource?["service.name"]?.string == "shop")
            #expect(resource?["deployment.environment.name"]?.string == "test")
            #expect(resource?["process.pid"]?.int == Int(server.process.pid))
        }
    }

    /// The two views are made from the same record.
    private func compareWithLog(_ server: ServerProcess, _ span: CollectedSpan) async throws {
        let id = span.text("registry.request_id") ?? ""
        let text = await server.process.output.line { $0.contains("\"request_id\":\"\(id)\"") }
        let line = try JSONValue(text: text ?? "")
        #expect(line["trace_id"]?.string == span.traceID)
        #expect(line["span_id"]?.string == span.id)
        #expect(line["duration_us"]?.int == span.duration / 1000)
        #expect(line["ttfb_us"]?.int == span.number("registry.ttfb_us"))
        #expect(line["storage_us"]?.int == span.number("registry.storage.time_us"))
        #expect(line["storage_ops"]?.int == span.number("registry.storage.calls"))
        #expect(line["bytes_out"]?.int == span.number("http.response.body.size"))
        #expect(line["cache"]?.string == span.text("registry.cache.result"))
    }

    @Test("A push waits for the ledger between what is written and what is made visible")
    func ledger() async throws {
        try await with { server, collector in
            let blob = PseudorandomBytes.bytes(300_000, seed: 1)
            let target = "/v2/a/blobs/uploads/?digest=\(Digest.of(blob))"
            let pushed = try await server.client.send("POST", target, body: blob)
            #expect(pushed.status == 201)
            let spans = try await collector.trace(of: pushed)
            let names = spans.map(\.name)
            let intent = try #require(names.firstIndex(of: "ledger intent"))
            #expect(try #require(names.firstIndex(of: "upload write")) < intent)
            #expect(try #require(names.firstIndex(of: "upload commit")) > intent)
            #expect(spans[intent].parentID == spans.first?.id)
            #expect(spans[intent].text("registry.ledger.work") == "intent")
            #expect(spans[intent].number("registry.ledger.events") == 0)
        }
    }

    @Test("A notification has the trace of the push, with the state that the client sent")
    func notification() async throws {
        let receiver = try await TestReceiver.start()
        let endpoint = ["REGISTRY_NOTIFICATIONS": "{endpoints: [{name: ci, url: '\(receiver.address)'}]}"]
        try await with(endpoint) { server, collector in
            let target = "/v2/a/blobs/uploads/?digest=\(Digest.of([1]))"
            let headers = [("traceparent", Self.parent), ("tracestate", "vendor=a b, other=2")]
            #expect(try await server.client.send("POST", target, headers: headers, body: [1]).status == 201)
            try await eventually("the delivery's span") {
                try collector.spans().contains { $0.name == "POST notification" }
            }
            let spans = try collector.spans()
            #expect(spans.allSatisfy { $0.value["trace_state"]?.string == "vendor=a b, other=2" })
            let delivery = try #require(spans.first { $0.name == "POST notification" })
            let request = try #require(receiver.requests.first)
            #expect(request.headers["tracestate"] == "vendor=a b, other=2")
            #expect(request.headers["traceparent"] == "00-\(delivery.traceID)-\(delivery.id)-01")
        }
        try await receiver.stop()
    }

    @Test("What is sampled, exported and dropped adds up, and all of it has arrived when the server has ended")
    func flush() async throws {
        try await with(["OTEL_BSP_SCHEDULE_DELAY": "600000"]) { server, collector in
            for number in 0..<20 { _ = try await server.client.send("GET", "/v2/a/manifests/\(number)") }
            #expect(try collector.requests().isEmpty)
            try await eventually { try await metric(server, "sampled") == 40 }
            #expect(try await metric(server, "started") == 40)
            #expect(await server.terminate() == .code(0))
            let spans = try collector.spans()
            #expect(spans.count == 40)
            #expect(Set(spans.map(\.id)).count == 40)
            #expect(Set(spans.map(\.traceID)).count == 20)
        }
    }

    @Test("Only errors and what the caller sampled are kept where nothing else is asked for")
    func sampling() async throws {
        let variables = ["OTEL_TRACES_SAMPLER": "parentbased_always_off"]
        try await with(variables) { server, collector in
            for _ in 0..<5 { _ = try await server.client.send("GET", "/v2/") }
            let sampled = try await server.client.send("GET", "/v2/", headers: [("traceparent", Self.parent)])
            #expect(try await collector.trace(of: sampled).count == 1)
            let failed = try await withFailingDisk(server) {
                try await server.client.send("POST", "/v2/a/blobs/uploads/?digest=\(Digest.of([1]))", body: [1])
            }
            #expect(failed.status == 500)
            #expect(failed["traceresponse"]?.hasSuffix("-00") == true)
            let spans = try await collector.trace(of: failed)
            let request = try #require(spans.first)
            #expect(request.text("sampling.reason") == "error")
            #expect(request.value["status"]?.int == 2)
            #expect(request.text("error.type") == "500")
            let commit = try #require(spans.first { $0.name == "upload commit" })
            #expect(commit.text("error.type") == "UNKNOWN")
            #expect(commit.value["status"]?.int == 2)
            let move = try #require(spans.first { $0.name == "storage Move" })
            #expect(move.parentID == commit.id)
            #expect(move.text("error.type") == "failed")
            #expect(try collector.spans().count == 1 + spans.count)
        }
    }

    /// Nothing can be made durable while the body runs.
    private func withFailingDisk(
        _ server: ServerProcess,
        _ body: @Sendable () async throws -> WireResponse
    ) async throws -> WireResponse {
        var response: WireResponse?
        let options = ["-e", "trace=fsync", "-e", "inject=fsync:error=EIO"]
        _ = try await Strace.lines(of: server.process.pid, options) { response = try await body() }
        return try #require(response)
    }

    @Test(
        "A collector in trouble is told of once, and asked again only where that can help",
        arguments: [
            // That it is over is told after a minute.
            (["429:1", "200"], ["failing"], 2), (["502", "503", "504", "200"], ["failing"], 4),
            (["400", "200"], ["failing"], 1), (["500", "200"], ["failing"], 1), (["301", "200"], ["failing"], 1),
            (["close", "200"], ["failing"], 2), (["partial:1", "200"], ["partial"], 1),
            (["garbage"], [], 1),
        ] as [([String], [String], Int)]
    )
    func trouble(answers: [String], events: [String], attempts: Int) async throws {
        try await with(answers: answers) { server, collector in
            _ = try await server.client.send("GET", "/v2/")
            try await eventually {
                let exported = try await metric(server, "exported")
                let dropped = try await metric(server, "dropped")
                return exported + dropped == 1
            }
            #expect(await server.terminate() == .code(0))
            #expect(try collector.requests().count == attempts)
            let told = try server.log().compactMap { $0["event"]?.string }.filter { $0.hasPrefix("trace_export_") }
            #expect(told == events.map { "trace_export_\($0)" })
        }
    }

    @Test("A collector that is down or hangs loses spans, and holds up nothing", arguments: ["hang", "stall", "down"])
    func unreachable(kind: String) async throws {
        var variables = [
            "OTEL_EXPORTER_OTLP_TIMEOUT": "100", "OTEL_BSP_EXPORT_TIMEOUT": "100", "OTEL_BSP_MAX_QUEUE_SIZE": "10",
            "OTEL_EXPORTER_OTLP_HEADERS": "authorization=marked",
        ]
        // Nobody listens on a port of the system's that is not given out.
        if kind == "down" { variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:1" }
        try await with(answers: [kind], variables) { server, _ in
            for _ in 0..<200 { #expect(try await server.client.send("GET", "/v2/").status == 200) }
            try await eventually { try await metric(server, "dropped", ["reason": "export_failed"]) > 0 }
            try await eventually { try await metric(server, "dropped", ["reason": "queue_full"]) > 0 }
            #expect(await server.terminate() == .code(0))
            let lines = server.process.output.lines
            #expect(lines.count { $0.contains("trace_export_failing") } == 1)
            #expect(!lines.contains { $0.contains("marked") })
        }
    }

    @Test("Without a destination nobody is called")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        // What would be needed for it is all there, but for the one variable that says so.
        let variables = ["OTEL_SERVICE_NAME": "x", "OTEL_TRACES_SAMPLER": "always_on", "OTEL_BSP_SCHEDULE_DELAY": "1"]
        try await ServerProcess.with(root: folder.path, { $0.environment = variables }) { server in
            let calls = try await Strace.lines(of: server.process.pid, ["-e", "trace=connect,accept4"]) {
                for _ in 0..<20 {
                    let answer = try await server.client.send("GET", "/v2/")
                    #expect(answer["traceresponse"] == nil)
                }
            }
            #expect(calls.contains { $0.contains("accept4(") })
            #expect(!calls.contains { $0.contains("connect(") })
            #expect(try await metric(server, "started") == 0)
        }
    }

    @Test("A variable that cannot be followed is told of, without its value")
    func ignored() async throws {
        let variables = ["OTEL_EXPORTER_OTLP_HEADERS": "marked", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"]
        try await with(variables) { server, collector in
            let answer = try await server.client.send("GET", "/v2/")
            #expect(try await collector.trace(of: answer).count == 1)
            _ = await server.terminate()
            let told = try server.log().filter { $0["event"]?.string == "variable_ignored" }
            #expect(told.compactMap { $0["variable"]?.string } == variables.keys.sorted())
            #expect(!server.process.output.lines.contains { $0.contains("marked") })
        }
    }
}

@Suite("Traces in a file", .timeLimit(.minutes(5)))
struct TraceFileTests {
    @Test("What a server keeps in a file is listed and drawn, and is there after a kill")
    func show() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/traces.jsonl"
        let variables = [
            "REGISTRY_TRACING_ENABLED": "true", "REGISTRY_TRACING_FILE": path, "REGISTRY_TRACING_SAMPLERATIO": "1",
        ]
        try await ServerProcess.with(root: folder.path + "/root", { $0.environment = variables }) { server in
            try await server.client.pushImage(to: "team/app", reference: "1", layers: [[1, 2, 3]])
            let pulled = try await server.client.send("GET", "/v2/team/app/manifests/1")
            let id = pulled["traceresponse"]?.split(separator: "-").dropFirst().first.map { String($0) } ?? ""
            try await eventually { try String(contentsOfFile: path, encoding: .utf8).contains(id) }
            await server.kill()

            let shown = try await plimsoll("show", id, "--path", path)
            #expect(shown.contains("trace \(id) "))
            #expect(shown.contains("3 spans   kept: always"))
            #expect(shown.contains("GET /v2/{name}/manifests/{reference} "))
            #expect(shown.contains("├─ storage GetContent "))
            #expect(shown.contains("└─ manifest cache "))
            #expect(!shown.contains("\u{1b}"))
            #expect(try await plimsoll("show", pulled["x-request-id"] ?? "", "--path", path) == shown)
            #expect(try await plimsoll("show", pulled["traceresponse"] ?? "", "--path", path) == shown)
            let listed = try await plimsoll("list", "--path", path, "--limit", "1").split(separator: "\n")
            #expect(listed.count == 2)
            #expect(listed.last?.contains(id) == true)
            let missing = try await Tool.run(try ProjectFolder.binary(), ["trace", "show", id, "--path", path + "x"])
            #expect(missing.status == .code(1))
        }
    }

    @Test("Where no trace was kept the commands say why that may be")
    func empty() async throws {
        let folder = try TemporaryFolder()
        try folder.write([], to: "traces.jsonl")
        func told(_ arguments: String...) async throws -> Tool.Result {
            let place = ["--path", folder.path + "/traces.jsonl"]
            return try await Tool.run(try ProjectFolder.binary(), ["trace"] + arguments + place)
        }
        let list = try await told("list")
        #expect(list.succeeded && list.output.split(separator: "\n").count == 1, "\(list)")
        #expect(list.errors.hasPrefix("plimsoll trace: there are no traces; "))
        #expect(list.errors.contains("tracing.sampleratio"))
        let errors = try await told("list", "--errors")
        #expect(errors.succeeded && errors.errors == "plimsoll trace: there is no trace of a request that failed\n")
        let id = String(repeating: "01", count: 16)
        let show = try await told("show", id)
        #expect(show.status == .code(1))
        #expect(show.errors.hasPrefix("plimsoll trace: there is no trace \(id); "))
        #expect(show.errors.contains("tracing.sampleratio"))
        let part = try await told("show", "0123")
        #expect(part.status == .code(1))
        #expect(part.errors == "plimsoll trace: \"0123\" is no whole id, which has 32 hexadecimal digits\n")
    }

    private func plimsoll(_ arguments: String...) async throws -> String {
        try await Tool.output(try ProjectFolder.binary(), ["trace"] + arguments)
    }
}
