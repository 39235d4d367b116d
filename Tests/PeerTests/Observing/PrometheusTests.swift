//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTestKit
import Testing

@Suite("Prometheus", .timeLimit(.minutes(5)))
struct PrometheusTests {
    /// Serves an empty root, with some traffic behind it.
    private func withTraffic(
        _ environment: [String: String] = [:],
        _ body: (ServerProcess) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        try await ServerProcess.with(root: folder.path, { $0.environment = environment }) { server in
            let layer = PseudorandomBytes.bytes(400_000, seed: 1)
            try await server.client.pushImage(to: "a/b", reference: "1", layers: [layer])
            for _ in 1...3 { _ = try await server.client.send("GET", "/v2/a/b/manifests/1") }
            let last = try await server.client.send("GET", "/v2/a/b/manifests/2")
            // Its numbers are in the metrics before its line is in the log.
            _ = try await server.accessLine(of: last)
            try await body(server)
        }
    }

    @Test("A Prometheus scrapes the server, and has the numbers of what happened", arguments: [true, false])
    func scrape(openMetrics: Bool) async throws {
        try await withTraffic { server in
            try await scraped(server, openMetrics: openMetrics) { prometheus in
                try await eventually { try await prometheus.value(of: "up") == 1 }
                let total = #"registry_http_requests_total{handler="manifest",code="200",method="get"}"#
                try await eventually { try await prometheus.value(of: total) != nil }
                #expect(try await prometheus.value(of: total) == 3)
                let missing = #"registry_http_requests_total{handler="manifest",code="404",method="get"}"#
                #expect(try await prometheus.value(of: missing) == 1)
                let all = try MetricSamples(text: await metrics(server, openMetrics: openMetrics))
                for handler in ["manifest", "blob_upload", "blob_upload_chunk"] {
                    #expect(
                        try await prometheus.value(of: "sum(registry_http_requests_total{handler=\"\(handler)\"})")
                            == all.sum("registry_http_requests_total", ["handler": handler])
                    )
                }
                let quantile = "histogram_quantile(0.5, sum by (le) (registry_http_request_duration_seconds_bucket))"
                #expect(try await prometheus.value(of: quantile) != nil)
            }
        }
    }

    /// A Prometheus that scrapes the server.
    ///
    /// It asks for OpenMetrics first; for the text format its wish is changed on the way.
    private func scraped(
        _ server: ServerProcess,
        openMetrics: Bool,
        _ body: (Prometheus) async throws -> Void
    ) async throws {
        guard !openMetrics else { return try await Prometheus.with(scraping: server.sidePort, body) }
        let relay = try ChildProcess("python3", ["-c", Self.relay, "\(server.sidePort)"])
        let result: Result<Void, any Error>
        do {
            let port = await relay.output.line { _ in true }.flatMap { Int($0) }
            result = .success(try await Prometheus.with(scraping: try #require(port), body))
        } catch {
            result = .failure(error)
        }
        relay.send(SIGKILL)
        _ = await relay.exit()
        try result.get()
    }

    /// Asks the server for text whatever it is asked for, and tells its own port first.
    private static let relay = """
        import http.server, sys, urllib.request
        class Relay(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                url = "http://127.0.0.1:" + sys.argv[1] + self.path
                with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": "text/plain"})) as answer:
                    body = answer.read()
                    self.send_response(answer.status)
                    self.send_header("Content-Type", answer.headers["Content-Type"])
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
            def log_message(self, *arguments):
                pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Relay)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    @Test("The examples that Prometheus keeps have the traces of requests in the log")
    func exemplars() async throws {
        try await withTraffic { server in
            try await Prometheus.with(scraping: server.sidePort) { prometheus in
                let name = "registry_http_request_duration_seconds_bucket"
                // While it starts its answers are no JSON.
                try await eventually { (try? await prometheus.traces(of: name).isEmpty) == false }
                let traces = try await prometheus.traces(of: name)
                for trace in traces {
                    #expect(await server.process.output.line { $0.contains("\"trace_id\":\"\(trace)\"") } != nil)
                }
            }
        }
    }

    private func metrics(_ server: ServerProcess, openMetrics: Bool) async throws -> String {
        let accept = openMetrics ? "application/openmetrics-text; version=1.0.0" : "text/plain"
        let response = try await WireClient(port: server.sidePort)
            .send("GET", "/metrics", headers: [("Accept", accept)])
        #expect(
            response["content-type"]?.hasPrefix(openMetrics ? "application/openmetrics-text" : "text/plain") == true
        )
        return response.text
    }

    @Test("promtool finds nothing wrong with the metrics of a server under load")
    func promtool() async throws {
        try await withTraffic { server in
            let url = "http://127.0.0.1:\(server.sidePort)/metrics"
            let command = "set -o pipefail; curl --silent --fail \(url) | promtool check metrics"
            let result = try await Tool.run("bash", ["-c", command])
            #expect(result.succeeded && result.errors.isEmpty, "\(result)")
            let open = try await metrics(server, openMetrics: true)
            #expect(open.hasSuffix("# EOF\n"))
        }
    }

    @Test("promtool finds wrong with an endpoint's metrics what the catalogue says that it does, and nothing else")
    func promtoolWithEndpoint() async throws {
        let receiver = try await TestReceiver.start()
        let endpoint = ["REGISTRY_NOTIFICATIONS": "{endpoints: [{name: ci, url: '\(receiver.address)'}]}"]
        try await withTraffic(endpoint) { server in
            try await eventually("an event has arrived") {
                try await metrics(server, openMetrics: false).contains("registry_notifications_status_total{")
            }
            let url = "http://127.0.0.1:\(server.sidePort)/metrics"
            let command = "set -o pipefail; curl --silent --fail \(url) | promtool check metrics"
            let result = try await Tool.run("bash", ["-c", command])
            let json = try await Tool.output(ProjectFolder.binary(), ["metrics", "--describe", "--format", "json"])
            let known = try JSONValue(text: json).array.compactMap { $0["lint"]?.string }
            #expect(result.status == .code(3))
            let said = (result.output + result.errors).split(separator: "\n").map(String.init)
            #expect(said.sorted() == known.sorted(), "\(result)")
        }
        try await receiver.stop()
    }
}

/// A Prometheus of the test's own.
private struct Prometheus {
    let port: Int

    static func with(scraping target: Int, _ body: (Prometheus) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        let yaml = """
            global: {scrape_interval: 1s}
            scrape_configs:
              - job_name: plimsoll
                static_configs: [{targets: ["127.0.0.1:\(target)"]}]
            """
        try folder.write(Array(yaml.utf8), to: "prometheus.yml")
        let process = try ChildProcess(
            "prometheus",
            [
                "--config.file=\(folder.path)/prometheus.yml", "--storage.tsdb.path=\(folder.path)/data",
                "--web.listen-address=127.0.0.1:0", "--enable-feature=exemplar-storage",
            ]
        )
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(Prometheus(port: try await port(of: process))))
        } catch {
            result = .failure(error)
        }
        process.send(SIGKILL)
        _ = await process.exit()
        try result.get()
    }

    private static func port(of process: ChildProcess) async throws -> Int {
        let mark = "msg=\"Listening on\" address=127.0.0.1:"
        let line = await process.errors.line { $0.contains(mark) }
        guard let line, let port = line.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw ProcessNotStarted(description: "prometheus: \(process.errors.lines)")
        }
        return port
    }

    /// The traces of all examples of a metric.
    func traces(of name: String) async throws -> Set<String> {
        let target = "/api/v1/query_exemplars?query=\(name)&start=0&end=9999999999"
        let response = try await WireClient(port: port).send("GET", target)
        guard response.status == 200 else { return [] }
        let series = try JSONValue(bytes: response.body)["data"]?.array ?? []
        return Set(series.flatMap { $0["exemplars"]?.array ?? [] }.compactMap { $0["labels"]?["trace_id"]?.string })
    }

    /// The value of an expression that has one sample.
    func value(of expression: String) async throws -> Double? {
        let allowed = CharacterSet.alphanumerics
        let query = expression.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
        let response = try await WireClient(port: port).send("GET", "/api/v1/query?query=\(query)")
        // It listens before it is ready.
        guard response.status == 200 else { return nil }
        let sample = try JSONValue(bytes: response.body)["data"]?["result"]?.array.first
        return sample?["value"]?.array.last?.string.flatMap(Double.init)
    }
}
