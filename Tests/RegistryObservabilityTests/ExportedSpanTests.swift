//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import Testing

@testable import RegistryObservability

@Suite("Spans as they leave")
struct ExportedSpanTests {
    private func entry(_ record: RequestRecord, dropped: Int = 0) -> TraceEntry {
        TraceEntry(record: record, spans: [], dropped: dropped, reason: .error)
    }

    private func texts(_ span: ExportedSpan) -> [String: String] {
        Dictionary(
            span.attributes.map { attribute in
                switch attribute.value {
                case .text(let text): (attribute.key, text)
                case .number(let number): (attribute.key, "\(number)")
                case .real(let number): (attribute.key, "\(number)")
                case .truth(let truth): (attribute.key, "\(truth)")
                }
            }
        ) { first, _ in
            Issue.record("an attribute stands there twice")
            return first
        }
    }

    private func recorder(_ record: RequestRecord, path: String) -> SpanRecorder {
        SpanRecorder(
            record.trace,
            startInstant: record.startInstant,
            headReason: nil,
            target: RequestTarget(path: path[...], scheme: "http", authority: "registry.example:5000")
        )
    }

    @Test("a request has all that is known of it")
    func full() throws {
        var record = try Sample.fullRecord()
        record.spans = recorder(record, path: "/v2/team/app/manifests/v1")
        record.waited = .microseconds(90)
        let span = entry(record, dropped: 3).requestSpan()
        #expect(span.name == "PUT /v2/{name}/manifests/{reference}")
        #expect(span.kind == .server)
        #expect(span.traceID == record.trace.traceID)
        #expect(span.spanID == record.trace.spanID)
        #expect(span.parentID == 0xff)
        #expect(span.flags == 0x301)
        #expect(span.start == 1_700_000_000_123_456_000)
        #expect(span.end == span.start + 2_000_000)
        #expect(span.status == .error(message: "write: ENOSPC"))
        #expect(
            texts(span) == [
                "http.request.method": "PUT", "http.route": "/v2/{name}/manifests/{reference}",
                "http.response.status_code": "507", "http.request.body.size": "1234",
                "http.response.body.size": "56", "url.path": "/v2/team/app/manifests/v1", "url.scheme": "http",
                "server.address": "registry.example", "server.port": "5000", "client.address": "192.0.2.7",
                "network.peer.address": "192.0.2.7", "network.protocol.version": "1.1",
                "user_agent.original": "containerd/1.7.24",
                "error.type": "507", "oci.manifest.digest": Sample.digest, "registry.route": "manifest",
                "registry.repository": "team/app", "registry.reference": "v1", "registry.upload.id": "5a0b",
                "registry.cache.result": "miss", "registry.client": "containerd", "registry.user": "alice",
                "registry.request_id": record.requestID.description, "registry.client_request_id": "job-17",
                "registry.forwarded_for": "203.0.113.9",
                "registry.outcome": "failed", "registry.error.code": "STORAGE_FULL",
                "registry.error.detail": "no room", "registry.ttfb_us": "700", "registry.waited_us": "90",
                "registry.storage.time_us": "1500", "registry.storage.calls": "3", "registry.spans.dropped": "3",
                "sampling.reason": "error",
            ]
        )
    }

    @Test("what clients do wrong, and that they go away, is no error")
    func statuses() {
        for (status, isAborted) in [(200, false), (404, false), (499, true), (200, true), (0, true)] {
            var record = Sample.emptyRecord()
            record.status = status
            record.isAborted = isAborted
            let span = entry(record).requestSpan()
            #expect(span.status == .unset)
            #expect(texts(span)["error.type"] == nil)
            #expect(texts(span)["http.response.status_code"] == (status == 0 ? nil : "\(status)"))
        }
    }

    @Test("what failed is an error, also where the client had gone")
    func unsent() {
        var record = Sample.emptyRecord()
        record.foundNobody(toTell: 500)
        record.error = RegistryError(.unknown, detail: "the storage failed", cause: "read /a: failed")
        let span = entry(record).requestSpan()
        #expect(span.status == .error(message: "read /a: failed"))
        let texts = texts(span)
        #expect(texts["error.type"] == "500" && texts["http.response.status_code"] == "499")
        #expect(texts["registry.unsent_status"] == "500" && texts["registry.outcome"] == "aborted")
    }

    @Test("an answer that the server broke off is an error, whatever its status")
    func brokenOff() {
        var record = Sample.emptyRecord()
        record.status = 200
        record.isBrokenOff = true
        record.error = RegistryError(.unknown, detail: "the storage failed", cause: "read /a: failed")
        let span = entry(record).requestSpan()
        #expect(span.status == .error(message: "read /a: failed"))
        #expect(texts(span)["error.type"] == "broken_off")
        #expect(texts(span)["http.response.status_code"] == "200")
        #expect(texts(span)["registry.outcome"] == "failed")
    }

    @Test("methods and routes that nobody knows do not become names")
    func unknown() {
        var record = Sample.emptyRecord(method: "BREW")
        record.spans = recorder(record, path: "/who/knows")
        let span = entry(record).requestSpan()
        #expect(span.name == "HTTP")
        #expect(texts(span)["http.request.method"] == "_OTHER")
        #expect(texts(span)["http.request.method_original"] == "BREW")
        #expect(texts(span)["http.route"] == nil)
        #expect(texts(span)["url.path"] == "/who/knows")
        var options = Sample.emptyRecord(method: "OPTIONS")
        options.route = .base
        #expect(entry(options).requestSpan().name == "OPTIONS /v2/")
    }

    @Test(
        "of a path that is none of the registry's, what can be a secret is left out",
        arguments: [
            ("/who/knows", "/who/knows"), ("//u:secret@a/v2/", "//…"), ("http://u:secret@a/v2/", "http://…"),
            ("/v2/a/blobs/uploads/5a0b%3F_state=secret", "/v2/a/blobs/uploads/…"), ("/v2/%20/x", "/v2/…"),
            ("/v2/a/manifests/1;token=secret", "/v2/a/manifests/…"),
            ("/v2/a/manifests/1#secret", "/v2/a/manifests/…"), ("/token=secret", "/…"), ("secret=1", "…"), ("", nil),
            ("/", "/"), ("/v2/a+b/", "/v2/a+b/"),
        ] as [(String, String?)]
    )
    func path(path: String, told: String?) {
        var record = Sample.emptyRecord()
        record.spans = recorder(record, path: path)
        #expect(texts(entry(record).requestSpan())["url.path"] == told)
        // A route alone says nothing of its parts.
        record.route = .blobUploadChunk
        #expect(texts(entry(record).requestSpan())["url.path"] == told)
    }

    @Test("a path whose parts are valid is told as it came, however it was written")
    func validPath() throws {
        var record = try Sample.fullRecord()
        record.spans = recorder(record, path: "/v2/team%2fapp/manifests/sha256%3Aabc")
        #expect(texts(entry(record).requestSpan())["url.path"] == "/v2/team%2fapp/manifests/sha256%3Aabc")
    }

    @Test(
        "the address of the server is taken apart, and has no room for secrets",
        arguments: [
            ("a", "a", nil), ("a:5000", "a", "5000"), ("[::1]", "[::1]", nil), ("[::1]:80", "[::1]", "80"),
            ("192.0.2.1", "192.0.2.1", nil), (":80", "", "80"), ("a:", "a:", nil), ("a:123456", "a:123456", nil),
            ("u:secret@a:99", "a", "99"), ("u@secret@a", "a", nil), ("a/?secret", nil, nil), ("u:secret@", nil, nil),
        ] as [(String, String?, String?)]
    )
    func server(authority: String, address: String?, port: String?) {
        var record = Sample.emptyRecord()
        record.spans = SpanRecorder(
            record.trace,
            startInstant: record.startInstant,
            headReason: nil,
            target: RequestTarget(authority: authority)
        )
        let texts = texts(entry(record).requestSpan())
        #expect(texts["server.address"] == address)
        #expect(texts["server.port"] == port)
    }

    @Test("what is too long is cut between two characters, and what is too much is counted")
    func limits() {
        var record = Sample.emptyRecord()
        record.userAgent = String(repeating: "é", count: 1000)
        let agent = texts(entry(record).requestSpan())["user_agent.original"] ?? ""
        #expect(agent == String(repeating: "é", count: 256) + "…")
        #expect("abc".cut(at: 3) == "abc")
        #expect("abcd".cut(at: 3) == "abc…")
        #expect("aé".cut(at: 2) == "a…")
        #expect("🦭🦭".cut(at: 7) == "🦭…")
        let many = (0..<200).map { RegistryTelemetry.SpanAttribute("k\($0)", .number(1)) }
        let work = SpanWork.library(LibrarySpan(name: "x", kind: .client, attributes: many))
        let child = TraceSpan(id: 5, parentID: 7, work: work, outcome: .failed(code: "c"), start: .zero, end: .zero)
        let exported = TraceEntry(record: record, spans: [child], dropped: 0, reason: .ratio).exported()
        #expect(exported.count == 2)
        #expect(exported[1].attributes.count == 128)
        #expect(exported[1].droppedAttributes == 73)
        #expect(exported[1].kind == .client)
        #expect(exported[1].parentID == 7)
        #expect(exported[1].flags == 0x101)
    }

    @Test("paths of the storage leave as hashes only")
    func pathHash() {
        // Vectors of FNV-1a.
        #expect(SpanWork.hash("") == "cbf29ce484222325")
        #expect(SpanWork.hash("a") == "af63dc4c8601ec8c")
        #expect(SpanWork.hash("foobar") == "85944171f73967e8")
        let work = SpanWork.storage(.getContent, driver: "filesystem", path: "/a/secret", bytes: 4)
        #expect(work.name == "storage GetContent")
        #expect(
            work.attributes.map(\.key) == [
                "registry.storage.action", "registry.storage.driver", "registry.storage.path_hash", "registry.bytes",
            ]
        )
        #expect(!work.attributes.contains { $0.value == .text("/a/secret") })
    }

    @Test(
        "a request to an object store has the address without what opens doors",
        arguments: [
            ("http://s3.test/b/k?X-Amz-Signature=s", "s3.test", 80, "http://s3.test/b/k"),
            ("https://user:word@s3.test/b/k%20x#y", "s3.test", 443, "https://s3.test/b/k%20x"),
            ("https://127.0.0.1:9000", "127.0.0.1", 9000, "https://127.0.0.1:9000"),
            ("http://[::1]:9000/?list-type=2", "[::1]", 9000, "http://[::1]:9000/"),
        ]
    )
    func backend(url: String, address: String, port: Int64, shown: String) {
        let target = BackendCall.Target("PUT", url: url, hidesPath: false)
        let call = BackendCall(.put, driver: "s3aws", resends: 2, target: target, status: 503)
        let work = SpanWork.backend(call)
        #expect(work.name == "PUT object store" && work.kind == .client)
        #expect(
            work.attributes == [
                .init("registry.storage.driver", .text("s3aws")), .init("registry.storage.request", .text("put")),
                .init("http.request.method", .text("PUT")), .init("server.address", .text(address)),
                .init("server.port", .number(port)), .init("url.full", .text(shown)),
                .init("http.response.status_code", .number(503)), .init("http.request.resend_count", .number(2)),
            ]
        )
        let hidden = BackendCall.Target("GET", url: url, hidesPath: true)
        let first = BackendCall(.credentials, driver: "s3aws", resends: 0, target: hidden, status: nil)
        #expect(
            SpanWork.backend(first).attributes.map(\.key) == [
                "registry.storage.driver", "registry.storage.request", "http.request.method", "server.address",
                "server.port",
            ]
        )
    }

    @Test("what waits for the ledger says for what")
    func ledger() {
        let work = SpanWork.ledger(.intent, events: 2)
        #expect(work.name == "ledger intent" && work.kind == .internal)
        #expect(
            work.attributes == [
                .init("registry.ledger.work", .text("intent")), .init("registry.ledger.events", .number(2)),
            ]
        )
        #expect(SpanWork.ledger(.listing, events: nil).attributes.count == 1)
    }

    @Test("a delivery has the state of the trace that it belongs to")
    func delivery() throws {
        let text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01 vendor=1"
        let span = try Sample.delivery(in: text)
        let exported = span.exported()
        #expect(exported.map(\.state) == ["vendor=1"])
        // Required of clients, whether or not the address tells the port.
        let attributes = try #require(exported.first.map(texts))
        #expect(attributes["server.address"] == "a" && attributes["server.port"] == "80")
    }
}
