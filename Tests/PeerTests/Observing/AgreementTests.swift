//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

/// Log lines, metrics and headers are views of the same records, so they must agree in every number.
@Suite("Log, metrics and request ids", .timeLimit(.minutes(5)))
struct AgreementTests {
    /// What a client saw of one response.
    private struct Seen {
        let id: String
        let status: Int
        let bodyBytes: Int
    }

    @Test("Each response has one line, and the lines add up to the metrics")
    func agreement() async throws {
        let root = try TemporaryFolder()
        try await ServerProcess.with(root: root.path) { server in
            var seen = try await talk(to: server)
            seen += try await talkWithCurl(to: server)
            try await breakOff(server)

            for response in seen {
                let wanted = "\"request_id\":\"\(response.id)\""
                _ = try #require(await server.process.output.line { $0.contains(wanted) })
                let lines = server.process.output.lines.filter { $0.contains(wanted) }
                #expect(lines.count == 1)
                let line = try JSONValue(text: lines[0])
                #expect(line["status"]?.int == response.status)
                #expect(line["bytes_out"]?.int == response.bodyBytes)
            }
            #expect(Set(seen.map(\.id)).count == seen.count)
            try await expectSums(server, responses: seen.count)
        }
    }

    /// Makes requests of every kind, good and bad.
    private func talk(to server: ServerProcess) async throws -> [Seen] {
        let client = server.client
        let layer = PseudorandomBytes.bytes(700_000, seed: 1)
        let digest = Digest.of(layer)
        let manifest = WireClient.manifest(configuration: layer, layers: [layer])
        let type = [("Content-Type", MediaType.ociManifest.description)]
        var seen: [Seen] = []
        @discardableResult
        func send(_ method: String, _ target: String, _ headers: [(String, String)] = [], _ body: [UInt8]? = nil)
            async throws
            -> WireResponse
        {
            let response = try await client.send(method, target, headers: headers, body: body)
            let id = try #require(response["x-request-id"])
            seen.append(Seen(id: id, status: response.status, bodyBytes: response.body.count))
            return response
        }
        try await send("GET", "/v2/")
        let begun = try await send("POST", "/v2/agree/ment/blobs/uploads/", [], [])
        let chunk = try await send("PATCH", begun["location"] ?? "", [], Array(layer[..<300_000]))
        try await send("GET", chunk["location"] ?? "")
        let end = "\(chunk["location"] ?? "")&digest=\(digest)"
        #expect(try await send("PUT", end, [], Array(layer[300_000...])).status == 201)
        #expect(try await send("PUT", "/v2/agree/ment/manifests/1", type, manifest).status == 201)
        for _ in 0..<3 { try await send("GET", "/v2/agree/ment/manifests/1") }
        try await send("HEAD", "/v2/agree/ment/manifests/1")
        try await send("GET", "/v2/agree/ment/blobs/\(digest)")
        try await send("GET", "/v2/agree/ment/blobs/\(digest)", [("Range", "bytes=10-19")])
        try await send("GET", "/v2/agree/ment/tags/list")
        try await send("GET", "/v2/_catalog?n=5")
        try await send("GET", "/v2/agree/ment/referrers/\(digest)")
        try await send("GET", "/v2/agree/ment/manifests/2")
        try await send("PUT", "/v2/agree/ment/manifests/2", type, Array("{}".utf8))
        try await send("POST", "/v2/agree/ment/tags/list", [], [1, 2, 3])
        try await send("DELETE", "/v2/agree/ment/manifests/1")
        try await send("GET", "/nowhere")
        return seen
    }

    /// Another client, with a connection that is used twice.
    private func talkWithCurl(to server: ServerProcess) async throws -> [Seen] {
        let format = "%header{x-request-id} %{http_code} %{size_download}\n"
        let urls = ["/v2/", "/v2/agree/ment/tags/list"].flatMap {
            ["--output", "/dev/null", "http://\(server.address)\($0)"]
        }
        let output = try await Tool.output("curl", ["--silent", "--write-out", format] + urls)
        return try output.split(separator: "\n").map { line in
            let words = line.split(separator: " ")
            try #require(words.count == 3)
            return Seen(id: String(words[0]), status: Int(words[1]) ?? 0, bodyBytes: Int(words[2]) ?? 0)
        }
    }

    /// Goes away within a body.
    private func breakOff(_ server: ServerProcess) async throws {
        let location = WireClient.path(of: try await server.client.beginUpload(in: "agree/broken"))
        try await WireConnection.with(port: server.port) { connection in
            let head = "PATCH \(location) HTTP/1.1\r\nHost: a\r\nContent-Length: 5000000\r\n\r\n"
            try await connection.send(Array(head.utf8) + [UInt8](repeating: 1, count: 100_000))
            try await eventually {
                try await metrics(server).sum("registry_http_in_flight_requests", ["handler": "blob_upload_chunk"]) == 1
            }
            try await connection.reset()
        }
        let line = await server.process.output.line { $0.contains("\"outcome\":\"aborted\"") }
        #expect(line != nil)
    }

    private func metrics(_ server: ServerProcess) async throws -> MetricSamples {
        try MetricSamples(text: try await WireClient(port: server.sidePort).send("GET", "/metrics").text)
    }

    private func expectSums(_ server: ServerProcess, responses: Int) async throws {
        let metrics = try await metrics(server)
        let lines = try server.log().filter { $0["kind"]?.string == "access" }
        // The upload that was broken off, and its beginning.
        #expect(lines.count == responses + 2)
        #expect(metrics.sum("registry_http_requests_total") == Double(lines.count))
        let groups = Dictionary(grouping: lines) { line in
            "\(line["route"]?.string ?? "") \(line["status"]?.int ?? 0) \(line["method"]?.string?.lowercased() ?? "")"
        }
        for (key, group) in groups {
            let words = key.split(separator: " ").map(String.init)
            let labels = ["handler": words[0], "code": words[1], "method": words[2]]
            #expect(metrics.sum("registry_http_requests_total", labels) == Double(group.count), "\(key)")
        }
        for (route, group) in Dictionary(grouping: lines, by: { $0["route"]?.string ?? "" }) {
            let labels = ["handler": route]
            func total(_ field: String) -> Double { group.reduce(0) { $0 + Double($1[field]?.int ?? 0) } }
            #expect(metrics.sum("registry_http_request_size_bytes_sum", labels) == total("bytes_in"), "\(route)")
            #expect(metrics.sum("registry_http_response_size_bytes_sum", labels) == total("bytes_out"), "\(route)")
            #expect(
                metrics.sum("registry_http_request_duration_seconds_count", labels) == Double(group.count),
                "\(route)"
            )
            let micros = metrics.sum("registry_http_request_duration_seconds_sum", labels) * 1e6
            // Lines are cut to whole microseconds.
            #expect(abs(micros - total("duration_us")) <= Double(group.count + 1), "\(route)")
            let aborted = group.filter { $0["outcome"]?.string == "aborted" }.count
            #expect(metrics.sum("registry_http_requests_aborted_total", labels) == Double(aborted), "\(route)")
        }
        for (code, group) in Dictionary(grouping: lines, by: { $0["error_code"]?.string ?? "" }) where !code.isEmpty {
            #expect(metrics.sum("registry_errors_total", ["code": code]) == Double(group.count), "\(code)")
        }
        let calls = lines.reduce(0) { $0 + ($1["storage_ops"]?.int ?? 0) }
        #expect(metrics.sum("registry_storage_action_seconds_count") >= Double(calls))
        #expect(metrics.sum("registry_log_entries_dropped_total") == 0)
        #expect(metrics.sum("registry_log_entries_total") >= Double(lines.count))
    }
}
