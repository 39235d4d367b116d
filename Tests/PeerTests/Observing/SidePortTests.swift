//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("The side port", .timeLimit(.minutes(5)))
struct SidePortTests {
    private func metrics(_ server: ServerProcess, _ target: String = "/metrics") async throws -> MetricSamples {
        try MetricSamples(text: try await WireClient(port: server.sidePort).send("GET", target).text)
    }

    @Test("Answers at once while all of the main port is busy and clients take nothing of what they asked for")
    func saturation() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let blob = PseudorandomBytes.bytes(8_000_000, seed: 3)
            let digest = try await server.client.push(blob, to: "busy")
            let target = "/v2/busy/blobs/\(digest)"
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                for _ in 0..<16 {
                    tasks.addTask { while !Task.isCancelled { _ = try await server.client.send("GET", target) } }
                }
                for _ in 0..<32 {
                    tasks.addTask {
                        try await WireConnection.with(port: server.port, receiveBytes: 4096) { connection in
                            try await connection.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                            await untilCancelled()
                        }
                    }
                }
                try await eventually {
                    try await metrics(server).sum("registry_http_in_flight_requests", ["handler": "blob"]) > 32
                }
                // Now: those who take nothing are cut off after a while, and a busy machine may need longer for what follows.
                #expect(try await metrics(server).sum("registry_http_open_connections") >= 32)
                var slowest = Duration.zero
                for _ in 0..<20 {
                    let start = ContinuousClock.now
                    _ = try await metrics(server)
                    slowest = max(slowest, .now - start)
                }
                // No budget: the machine may be busy with other tests. A side port that waits for the main one never answers.
                #expect(slowest < .seconds(60))
                tasks.cancelAll()
                // Cancelled in the middle of a request.
                while let result = await tasks.nextResult() { _ = result }
            }
        }
    }

    @Test("Compresses for those who ask for it, and answers HEAD as it would GET")
    func forms() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            let url = "http://127.0.0.1:\(server.sidePort)/metrics"
            let compressed = try await Tool.output("curl", ["-sS", "-D", "-", "--compressed", url])
            #expect(compressed.lowercased().contains("content-encoding: gzip"))
            #expect(compressed.contains("\nprocess_threads "))
            let client = WireClient(port: server.sidePort)
            let accept = [("Accept", "text/plain;q=0.5"), ("Accept", "application/openmetrics-text;version=1.0.0")]
            let head = try await client.send("HEAD", "/metrics", headers: accept)
            #expect(head.status == 200)
            #expect(head["content-type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(head["vary"] == "Accept, Accept-Encoding")
            #expect(head["content-length"].flatMap { Int($0) } ?? 0 > 5000)
            #expect(head.body.isEmpty)
            let one = try await client.send("GET", "/metrics?name%5B%5D=process_threads&name[]=none")
            #expect(try MetricSamples(text: one.text).samples.map(\.name) == ["process_threads"])
            let nothing = try await client.send("GET", "/metrics/nothing")
            #expect(nothing.status == 404)
            #expect(nothing.text.contains("here are /metrics, /metrics/cardinality, /debug/health"))
            #expect(try await client.send("GET", "/metricsx").status == 404)
            let usage = try await client.send("GET", "/metrics/usage")
            #expect(usage.status == 404)
            #expect(usage.text.contains("http.debug.prometheus.usage"))
            #expect(try await client.send("GET", "/metrics/usage?topk=0").status == 400)
            #expect(try await client.send("POST", "/metrics").status == 405)
            let cardinality = try JSONValue(bytes: try await client.send("GET", "/metrics/cardinality").body)
            #expect(cardinality["series"]?.int ?? 0 > 100)
        }
    }

    @Test("Has nothing that `plimsoll metrics --describe` does not tell of")
    func catalogue() async throws {
        let root = try TemporaryFolder()
        let binary = try ProjectFolder.binary()
        let json = try await Tool.output(binary, ["metrics", "--describe", "--format", "json"])
        let names = Set(try JSONValue(text: json).array.compactMap { $0["name"]?.string })
        try await ServerProcess.with(root: root.path) { server in
            try await server.client.pushImage(to: "a/b", reference: "1", layers: [[1]])
            _ = try await server.client.send("GET", "/v2/a/b/manifests/1")
            // The first reading of the storage's room follows the start.
            try await eventually { try await metrics(server).sum("registry_storage_capacity_bytes") > 0 }
            let text = try await WireClient(port: server.sidePort).send("GET", "/metrics").text
            let exposed = text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }
                .map { String($0.split(separator: " ")[2]) }
            #expect(Set(exposed).subtracting(names) == [])
            let samples = try MetricSamples(text: text)
            let push = ["media_type": "application/vnd.oci.image.manifest.v1+json", "result": "stored"]
            #expect(samples.sum("registry_manifest_push_total", push) == 1)
            #expect(samples.sum("registry_storage_blob_upload_bytes_count") == 2)
            #expect(samples.sum("registry_io_pool_wait_seconds_count") > 5)
            try await eventually { try await metrics(server).sum("registry_event_loop_delay_seconds_count") > 0 }
            #expect(samples.sum("registry_heap_bytes", ["state": "used"]) > 100_000)
        }
    }

    @Test("Counts by repository what the log tells of it, where that is asked for")
    func usage() async throws {
        let root = try TemporaryFolder()
        let usage = ["REGISTRY_HTTP_DEBUG_PROMETHEUS_USAGE": "true"]
        try await ServerProcess.with(root: root.path, { $0.environment = usage }) { server in
            for (name, pulls) in [("a/b", 5), ("c", 2), ("d/e/f", 1)] {
                try await server.client.pushImage(to: name, reference: "1", layers: [[1, 2, 3]])
                for _ in 0..<pulls { _ = try await server.client.send("GET", "/v2/\(name)/manifests/1") }
            }
            _ = try await server.client.send("GET", "/v2/not/there/manifests/1")
            let last = try await server.client.send("GET", "/v2/c/tags/list")
            _ = try await server.accessLine(of: last)
            let pages = try await WireClient(port: server.sidePort).send("GET", "/nothing")
            #expect(pages.status == 404)
            #expect(pages.text.contains("here are /metrics, /metrics/cardinality, /metrics/usage, /debug/health"))
            let samples = try await metrics(server, "/metrics/usage")
            for (name, pulls) in [("a/b", 5), ("c", 2), ("d/e/f", 1), ("_other", 0)] {
                #expect(samples.sum("registry_repository_pulls_total", ["repository": name]) == Double(pulls))
                #expect(samples.sum("registry_repository_pushes_total", ["repository": name]) == (pulls > 0 ? 1 : 0))
            }
            let served = try server.log().filter { $0["repository"]?.string != nil }
            let sent = served.compactMap { $0["bytes_out"]?.int }.reduce(0, +)
            let received = served.compactMap { $0["bytes_in"]?.int }.reduce(0, +)
            #expect(samples.sum("registry_repository_sent_bytes_total") == Double(sent))
            #expect(samples.sum("registry_repository_received_bytes_total") == Double(received))
            let top = try await metrics(server, "/metrics/usage?topk=1")
            #expect(top.sum("registry_repository_pulls_total", ["repository": "a/b"]) == 5)
            // What others did is not handed to anybody.
            #expect(Set(top.samples.compactMap { $0.labels["repository"] }) == ["a/b", "_other"])
            #expect(top.sum("registry_repository_pulls_total", ["repository": "_other"]) == 0)
            // Never among the metrics themselves.
            #expect(try await metrics(server).samples.allSatisfy { $0.labels["repository"] == nil })
        }
    }
}
