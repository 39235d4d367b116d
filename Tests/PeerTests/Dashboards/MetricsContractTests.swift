//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// Dashboards and rules against a real server under a real Prometheus: an expression that asks for what is not there
/// shows nothing, for ever, and nobody notices.
@Suite("Dashboards and rules against a server", .timeLimit(.minutes(5)))
struct MetricsContractTests {
    /// Of the password "right", at the least cost.
    private static let hash = "$2y$04$abcdefghijklmnopqrstuuFmEfrkTQnczNzw475xE2VhDrK1uwJiC"

    @Test("Every expression parses, those of runbooks too, and all in it is there; every metric is used")
    func contract() async throws {
        let root = try TemporaryFolder()
        let broken = try TemporaryFolder()
        let exports = try TemporaryFolder()
        let health = [
            "REGISTRY_HEALTH_STORAGEDRIVER_ENABLED": "true", "REGISTRY_HEALTH_STORAGEDRIVER_INTERVAL": "100ms",
        ]
        let receiver = try await TestReceiver.start()
        let observed = [
            "REGISTRY_NOTIFICATIONS": "{endpoints: [{name: ci, url: '\(receiver.address)'}]}",
            "REGISTRY_REPORTS": "{schedule: [{name: daily, directory: '\(exports.path)/daily'}]}",
            "REGISTRY_HTTP_DEBUG_PROMETHEUS_USAGE": "true",
            "REGISTRY_TRACING_ENABLED": "true", "REGISTRY_TRACING_SAMPLERATIO": "1",
            "REGISTRY_TRACING_FILE": broken.path + "/traces.jsonl", "OTEL_BSP_SCHEDULE_DELAY": "100",
        ]
        try await ServerProcess.with(root: root.path, { $0.environment = observed }) { server in
            try await talk(to: server)
            try await ServerProcess.with(
                root: broken.path,
                { setup in
                    setup.environment = health
                    setup.reserve = "99%"
                }
            ) { failing in
                try await fail(failing, broken)
                try await eventually("spans are written") {
                    try await exposition(server).contains("registry_trace_spans_exported_total{")
                }
                try await eventually("an event has arrived") {
                    try await exposition(server).contains("registry_notifications_status_total{")
                }
                try await eventually("capacity is computed") {
                    try await exposition(server).contains("registry_repositories ")
                }
                // It may have been computed before there was anything.
                try await eventually("capacity is computed with what was pushed") {
                    try await usage(server).contains("registry_repository_deduplicated_bytes{")
                }
                let page = try await usage(server)
                let all = families(try await exposition(server)).union(families(page))
                #expect(all.contains("registry_repository_pulls_total"))
                try await withEncrypted { encrypted in
                    try await withTokens { tokens in
                        try await withBucket { stored in
                            let servers = [server, failing, encrypted, tokens, stored]
                            let ports = servers.map(\.sidePort)
                            try await RulesPrometheus.with(scraping: ports, usage: [server.sidePort]) { prometheus in
                                try await eventually("all servers are scraped") {
                                    let query = ("query", "sum(up) == \(servers.count + 1)")
                                    return try await prometheus.ask("query", [query]).data?["result"]?.array.isEmpty
                                        == false
                                }
                                try await check(prometheus, families: all, servers: servers.count)
                            }
                        }
                    }
                }
            }
        }
        try await receiver.stop()
    }

    /// A server that keeps its content in a bucket.
    private func withBucket(_ body: (ServerProcess) async throws -> Void) async throws {
        try await SeaweedProcess.with { bucket in
            try await ServerProcess.with({ $0.driver = "s3: \(bucket.section(root: ""))" }) { server in
                #expect(try await server.client.send("GET", "/v2/_catalog").status == 200)
                try await body(server)
            }
        }
    }

    /// A server that has refused a token.
    private func withTokens(_ body: (ServerProcess) async throws -> Void) async throws {
        let root = try TemporaryFolder()
        let bundle = try await TestAuthority()
        let auth = "{token: {realm: 'https://a/b', service: s, issuer: i, rootcertbundle: '\(bundle.certificate)'}}"
        try await ServerProcess.with(root: root.path, { $0.environment = ["REGISTRY_AUTH": auth] }) { server in
            let token = [("Authorization", "Bearer a.b.c")]
            #expect(try await server.client.send("GET", "/v2/", headers: token).status == 401)
            try await body(server)
        }
    }

    /// A server with a certificate and users, one of whom has forgotten their password.
    private func withEncrypted(_ body: (ServerProcess) async throws -> Void) async throws {
        let root = try TemporaryFolder()
        let authority = try await TestAuthority()
        let files = try await authority.issue("server")
        let tls = "tls: {certificate: \"\(files.certificate)\", key: \"\(files.key)\"}"
        try root.write(Array("alice:\(Self.hash)\n".utf8), to: "users")
        let auth = "{htpasswd: {realm: test, path: '\(root.path)/users'}}"
        try await ServerProcess.with(
            root: root.path + "/root",
            { setup in
                setup.http = tls
                setup.environment = ["REGISTRY_AUTH": auth]
            }
        ) { server in
            for (password, status) in [("right", "200"), ("wrong", "401")] {
                let options = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", authority.certificate]
                let more = ["-u", "alice:\(password)", "https://\(server.address)/v2/"]
                #expect(try await Tool.output("curl", options + more) == status)
            }
            try await body(server)
        }
    }

    /// Makes requests of every kind.
    private func talk(to server: ServerProcess) async throws {
        let client = server.client
        let layer = PseudorandomBytes.bytes(3_000_000, seed: 1)
        try await client.pushImage(to: "a/b", reference: "1", layers: [layer])
        for _ in 0..<3 { #expect(try await client.send("GET", "/v2/a/b/manifests/1").status == 200) }
        #expect(try await client.send("GET", "/v2/a/b/blobs/\(Digest.of(layer))").status == 200)
        #expect(try await client.send("GET", "/v2/a/b/manifests/2").status == 404)
        #expect(
            try await client.send("GET", "/v2/a/b/tags/list", headers: [("User-Agent", "containerd/2.0")]).status == 200
        )
        // Goes away within a body.
        let location = try await client.beginUpload(in: "a/b")
        try await WireConnection.with(port: server.port) { connection in
            let head = "PATCH \(WireClient.path(of: location)) HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
            try await connection.send(Array(head.utf8) + [UInt8](repeating: 1, count: 100_000))
            try await eventually {
                let samples = try MetricSamples(text: try await exposition(server))
                return samples.sum("registry_http_in_flight_requests", ["handler": "blob_upload_chunk"]) == 1
            }
            try await connection.reset()
        }
        #expect(await server.process.output.line { $0.contains("\"outcome\":\"aborted\"") } != nil)
    }

    /// Has requests fail: for want of space, and since the storage does not answer.
    private func fail(_ server: ServerProcess, _ root: TemporaryFolder) async throws {
        let target = "/v2/a/b/blobs/uploads/?digest=\(Digest.of([1]))"
        #expect(try await server.client.send("POST", target, body: [1]).status == 507)
        // A link that leads to itself cannot be followed, not even by root.
        let tree = root.path + "/docker"
        try? FileManager.default.removeItem(atPath: tree)
        try FileManager.default.createSymbolicLink(atPath: tree, withDestinationPath: "docker")
        #expect(try await server.event("storage_unhealthy") != nil)
        #expect(try await server.client.send("GET", "/v2/").status == 503)
    }

    private func exposition(_ server: ServerProcess) async throws -> String {
        try await WireClient(port: server.sidePort).send("GET", "/metrics").text
    }

    private func usage(_ server: ServerProcess) async throws -> String {
        try await WireClient(port: server.sidePort).send("GET", "/metrics/usage").text
    }

    private func families(_ text: String) -> Set<String> {
        Set(text.matches(of: #/# TYPE ([a-z0-9_]+) /#).map { String($0.1) })
    }

    private func check(_ prometheus: RulesPrometheus, families: Set<String>, servers: Int) async throws {
        var expressions = try await prometheus.rules()
        #expect(expressions.count >= 40)
        let recorded = Set(expressions.map(\.name))
        let jobs = try await prometheus.values(of: "job", in: "registry_build_info")
        let instances = try await prometheus.values(of: "instance", in: "registry_build_info")
        func filledIn(_ text: String) -> String { DashboardFile.filledIn(text, jobs: jobs, instances: instances) }
        for file in try DashboardFile.all() {
            expressions += file.expressions.map { ("\(file.name): \($0.panel)", filledIn($0.text)) }
        }
        // And no other target of this Prometheus.
        let up = filledIn(#"sum(up{job=~"$job", instance=~"$instance"}) == "# + "\(servers)")
        #expect(try await prometheus.ask("query", [("query", up)]).data?["result"]?.array.isEmpty == false, "\(up)")
        let used = Set(expressions.flatMap { Expression(text: $0.expression).selectors.map(\.family) })
        expressions += try DocumentedCommand.expressions()
        var found: [String: Bool] = [:]
        func has(_ selector: String) async throws -> Bool {
            if let known = found[selector] { return known }
            let answer = try await prometheus.has(selector)
            found[selector] = answer
            return answer
        }
        for (name, text) in expressions {
            let answer = try await prometheus.ask("query", [("query", text)])
            #expect(answer.error == nil, "\(name): \(text)")
            let expression = Expression(text: text)
            // Some rules are evaluated every 2 minutes only.
            for selector in Set(expression.selectors) where !recorded.contains(selector.metric) {
                #expect(try await has(selector.metric + selector.matchers), "\(name): \(selector)")
            }
            for label in expression.groupingLabels {
                var isThere = false
                for selector in expression.selectors where !isThere {
                    isThere = try await has("\(selector.metric){\(label)!=\"\"}")
                }
                #expect(isThere, "\(name): no metric has the label \(label)")
            }
        }
        let unused = families.subtracting(used)
        #expect(unused.subtracting(try await diagnosticFamilies()) == [], "on no dashboard and in no rule")
    }

    /// Families that the catalogue calls diagnostic: for finding out why, and so on no dashboard.
    private func diagnosticFamilies() async throws -> Set<String> {
        let json = try await Tool.output(ProjectFolder.binary(), ["metrics", "--describe", "--format", "json"])
        let families = try JSONValue(text: json).array.filter { $0["diagnostic"] == .bool(true) }
        let names = families.compactMap { $0["name"]?.string }
        try #require(!names.isEmpty)
        return Set(names)
    }
}
