//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Tracing of requests", .timeLimit(.minutes(5)))
struct TracingTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    /// A span in short: what it was, and what its parent was.
    private struct Line: Equatable, CustomStringConvertible {
        let work: String
        let parent: String
        let bytes: Int64?

        init(_ work: String, _ parent: String = "request", _ bytes: Int64? = nil) {
            self.work = work
            self.parent = parent
            self.bytes = bytes
        }

        var description: String { "\(parent) > \(work) \(bytes.map(String.init) ?? "")" }
    }

    private func facts(_ work: SpanWork) -> (String, Int64?) {
        switch work {
        case .storage(let action, _, _, let bytes): (action.rawValue, bytes)
        case .authorize(let result, let reason): ("authorize \(result.rawValue) \(reason.rawValue)", nil)
        case .cache(let outcome): ("cache \(outcome.rawValue)", nil)
        case .localCache(let result): ("local cache \(result.rawValue)", nil)
        case .upload(let stage, let bytes): (stage.rawValue, bytes)
        case .digest(let bytes): ("digest", bytes)
        case .send(let bytes): ("send", bytes)
        case .ledger(let work, _): ("ledger \(work.rawValue)", nil)
        case .backend(let call): (call.request.rawValue, nil)
        case .library(let span): (span.name, nil)
        }
    }

    private func lines(_ record: RequestRecord) throws -> [Line] {
        let recorder = try #require(record.spans)
        let (spans, dropped) = recorder.close()
        #expect(dropped == 0)
        return spans.map { span in
            let parent = spans.first { $0.id == span.parentID }.map { facts($0.work).0 }
            #expect(parent != nil || span.parentID == record.trace.spanID)
            #expect(span.end <= record.duration)
            let (work, bytes) = facts(span.work)
            return Line(work, parent ?? "request", bytes)
        }
    }

    private func with(
        _ sampler: TraceSampler? = TraceSampler(root: .always),
        _ body: @escaping @Sendable (TestRegistry, WireClient) async throws -> Void
    ) async throws {
        try await TestRegistry.with {
            $0.options.sampler = sampler
        } _: { registry in
            try await body(registry, WireClient(port: registry.port))
        }
    }

    @Test("a push has a span for each stage, with what it does in storage within")
    func push() async throws {
        try await with { registry, client in
            let blob = sampleBytes(300_000)
            let begun = try await client.send("POST", "/v2/a/blobs/uploads/", body: [])
            #expect(try lines(await registry.record(of: begun)) == [Line("PutContent", "request", 20)])
            let location = begun["location"] ?? ""
            let done = try await client.send("PUT", "\(location)&digest=\(Digest.of(blob))", body: blob)
            #expect(done.status == 201)
            let spans = try lines(await registry.record(of: done))
            #expect(spans.first == Line("Writer"))
            #expect(
                spans.suffix(7) == [
                    Line("receive", "request", 300_000), Line("write", "request", 300_000), Line("Move", "commit"),
                    Line("commit", "request", 300_000), Line("PutContent", "link", 71), Line("link"), Line("Delete"),
                ]
            )
        }
    }

    @Test("a manifest that is too large, or breaks off, has a span for what was received")
    func brokenManifest() async throws {
        try await TestRegistry.with {
            $0.options.sampler = TraceSampler(root: .always)
            $0.limits.manifestBytes = 1024
        } _: { registry in
            let large = [UInt8](repeating: 32, count: 1025)
            let refused = try await WireClient(port: registry.port).send("PUT", "/v2/a/manifests/1", body: large)
            #expect(refused.status == 413)
            #expect(try lines(await registry.record(of: refused)).last == Line("receive", "request", 0))
            try await WireConnection.with(port: registry.port) { connection in
                try await connection.send(head("PUT", "/v2/a/manifests/2", "Content-Length: 1000") + "{")
                connection.finish()
                _ = await connection.readToEnd()
            }
            try await eventually("the push is over") { registry.observer.records.count == 2 }
            let record = registry.observer.records[1]
            #expect(record.status == 499)
            #expect(try lines(record).last == Line("receive", "request", 1))
        }
    }

    @Test("a pull tells what the cache knew")
    func pull() async throws {
        try await with { registry, client in
            let image = try await client.pushImage(to: "a", reference: "1", layers: [sampleBytes(300_000)])
            let size = Int64(image.manifest.count)
            let hit = try await client.send("GET", "/v2/a/manifests/1")
            let spans = try lines(await registry.record(of: hit))
            #expect(spans == [Line("GetContent", "request", 71), Line("cache hit")])
            // Another server's registry on the same content has nothing in memory.
            let driver = registry.context.driver
            try await TestRegistry.with(driver: driver) {
                $0.options.sampler = TraceSampler(root: .never)
            } _: { other in
                let miss = try await WireClient(port: other.port).send("GET", "/v2/a/manifests/1")
                let spans = try self.lines(await other.record(of: miss))
                #expect(spans.contains(Line("cache miss")))
                #expect(spans.contains(Line("GetContent", "request", size)))
                #expect(spans.last == Line("digest", "request", size))
            }
            let blob = try await client.send("GET", "/v2/a/blobs/\(Digest.of(sampleBytes(300_000)))")
            #expect(try lines(await registry.record(of: blob)).last == Line("send", "request", 300_000))
        }
    }

    @Test("what is not there is no failure")
    func missing() async throws {
        try await with { registry, client in
            let answer = try await client.send("GET", "/v2/a/manifests/1")
            #expect(answer.status == 404)
            let recorder = try #require(try await registry.record(of: answer).spans)
            let spans = recorder.close().spans
            #expect(spans.map(\.outcome) == [.refused(code: "not_found")])
        }
    }

    @Test("the answer tells the trace, and what is known of its being sampled")
    func response() async throws {
        try await with(TraceSampler(root: .always)) { registry, client in
            let headers = [("traceparent", Self.parent), ("tracestate", "a=1")]
            let answer = try await client.send("GET", "/v2/", headers: headers)
            let record = try await registry.record(of: answer)
            #expect(answer["traceresponse"] == record.trace.header(isSampled: true))
            #expect(record.trace.state == "a=1")
            #expect(record.spans?.headReason == .parent)
            let other = String(Self.parent.dropLast()) + "0"
            let unsampled = try await client.send("GET", "/v2/", headers: [("traceparent", other)])
            #expect(unsampled["traceresponse"]?.hasPrefix(Self.parent.prefix(36)) == true)
            #expect(unsampled["traceresponse"]?.hasSuffix("-00") == true)
            let root = try await client.send("GET", "/v2/x/what")
            #expect(root.status == 404)
            #expect(root["traceresponse"]?.hasSuffix("-01") == true)
            let refused = try await client.send("GET", "/v2/ HTTP/9 ")
            #expect(refused.status == 400)
            #expect(refused["traceresponse"] != nil)
        }
    }

    @Test("nothing is recorded without a sampler, and only callers with a trace are told of theirs")
    func off() async throws {
        try await with(nil) { registry, client in
            let plain = try await client.send("GET", "/v2/")
            #expect(plain["traceresponse"] == nil)
            #expect(try await registry.record(of: plain).spans == nil)
            let traced = try await client.send("GET", "/v2/", headers: [("traceparent", Self.parent)])
            #expect(traced["traceresponse"]?.hasPrefix(Self.parent.prefix(36)) == true)
            #expect(traced["traceresponse"]?.hasSuffix("-00") == true)
            #expect(try await registry.record(of: traced).trace.state == nil)
        }
    }

    @Test("a list that asks the storage often has a bounded number of spans")
    func bounded() async throws {
        try await with { registry, client in
            for number in 0..<SpanRecorder.limit + 20 {
                _ = try await client.send("POST", "/v2/many/r\(number)/blobs/uploads/", body: [])
            }
            let list = try await client.send("GET", "/v2/_catalog")
            let recorder = try #require(try await registry.record(of: list).spans)
            let (spans, dropped) = recorder.close()
            #expect(spans.count == SpanRecorder.limit)
            #expect(dropped > 0)
        }
    }

    @Test("metrics of what is done for a traced request name it as their example, and no other does")
    func exemplars() async throws {
        for sampler in [TraceSampler(root: .always), nil] {
            try await with(sampler) { registry, client in
                let blob = sampleBytes(300_000)
                let pushed = try await client.send("POST", "/v2/a/blobs/uploads/?digest=\(Digest.of(blob))", body: blob)
                #expect(pushed.status == 201)
                let record = try await registry.record(of: pushed)
                let instruments = registry.instruments
                func traces(_ histogram: Histogram) -> Set<WideID> {
                    Set(histogram.counts.indices.compactMap { histogram.exemplar($0)?.traceID })
                }
                let expected: Set<WideID> = sampler == nil ? [] : [record.trace.traceID]
                #expect(traces(instruments.storageActions[.move]) == expected)
                for stage in [UploadStage.receive, .write, .commit, .link] {
                    #expect(traces(instruments.uploadStages[stage]) == expected, "\(stage)")
                }
                #expect(traces(instruments.blobUploads) == expected)
                let pulled = try await client.send("GET", "/v2/a/blobs/\(Digest.of(blob))")
                // As of all that is counted when a request is over, with traces or without.
                let trace = try await registry.record(of: pulled).trace.traceID
                #expect(traces(instruments.blobDownloads[.no]) == [trace])
            }
        }
    }

    @Test("a caller's trace counts for nothing where that is configured")
    func propagation() async throws {
        try await TestRegistry.with {
            $0.options.continuesTraces = false
        } _: { registry in
            let answer = try await WireClient(port: registry.port)
                .send("GET", "/v2/", headers: [("traceparent", Self.parent)])
            #expect(answer["traceresponse"] == nil)
            #expect(try await registry.record(of: answer).trace.parentSpanID == nil)
        }
    }
}
