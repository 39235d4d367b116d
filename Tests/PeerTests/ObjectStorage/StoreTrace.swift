//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// A file of traces, by which a test looks at what a server asks its object store.
struct StoreTrace {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/traces.jsonl" }

    init() throws { folder = try TemporaryFolder() }

    /// Of the server's configuration.
    var section: String { "tracing: {enabled: true, sampleratio: 1, file: '\(path)'}" }

    /// Pushes and pulls with a trace, ends the server, and looks at what it has recorded.
    /// - Parameter secret: may stand nowhere in the traces; empty for none.
    func check(_ server: ServerProcess, secret: String) async throws {
        let blob = PseudorandomBytes.bytes(100_000, seed: 9)
        let headers = [
            ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), ("tracestate", "vendor=a b"),
        ]
        let target = "/v2/traced/blobs/uploads/?digest=\(Digest.of(blob))"
        // The store takes signed requests with two headers more.
        #expect(try await server.client.send("POST", target, headers: headers, body: blob).status == 201)
        let pulled = try await server.client.send("GET", "/v2/traced/blobs/\(Digest.of(blob))", headers: headers)
        #expect(pulled.status == 200 && pulled.body == blob)
        await server.terminate()
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(secret.isEmpty || !text.contains(secret))
        #expect(!text.localizedCaseInsensitiveContains("signature="))
        let spans = try text.split(separator: "\n").flatMap { line in
            try JSONValue(text: String(line))["resourceSpans"]?.array.first?["scopeSpans"]?.array.first?["spans"]?.array
                ?? []
        }
        func name(_ span: JSONValue) -> String { span["name"]?.string ?? "" }
        func attribute(_ span: JSONValue, _ key: String) -> JSONValue? {
            span["attributes"]?.array.first { $0["key"]?.string == key }?["value"]
        }
        let calls = spans.filter { name($0).hasSuffix(" object store") }
        // Google's uploads begin with POST.
        #expect(calls.contains { ["PUT object store", "POST object store"].contains(name($0)) })
        #expect(calls.contains { name($0) == "GET object store" })
        for call in calls {
            #expect(call["kind"]?.int == 3)
            #expect(attribute(call, "http.response.status_code") != nil)
            #expect(attribute(call, "server.address")?["stringValue"]?.string == "127.0.0.1")
            let url = attribute(call, "url.full")?["stringValue"]?.string
            #expect(url?.contains("?") != true)
            let parent = spans.first { $0["spanId"] == call["parentSpanId"] && $0["traceId"] == call["traceId"] }
            #expect(parent != nil, "\(call)")
        }
        // What a call of the driver asks lies within it.
        let storage = Set(spans.filter { name($0).hasPrefix("storage ") }.compactMap { $0["spanId"]?.string })
        #expect(calls.contains { storage.contains($0["parentSpanId"]?.string ?? "") })
    }
}
