//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOPosix
import RegistryObjectStorage
import RegistryTelemetry
import RegistryTestKit
import Synchronization
import Testing

@Suite("Spans of requests to an object store", .timeLimit(.minutes(5)))
struct BackendSpanTests {
    private let recorder: SpanRecorder

    init() {
        var generator = SystemRandomNumberGenerator()
        let trace = TraceContext(
            traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            tracestate: "vendor=a b",
            using: &generator
        )
        recorder = SpanRecorder(trace, startInstant: .now, headReason: .parent)
    }

    private func calls() -> [(call: BackendCall, span: TraceSpan)] {
        recorder.close().spans.compactMap { span in
            guard case .backend(let call) = span.work else { return nil }
            return (call, span)
        }
    }

    /// Makes a request until it has an answer of 200, for a traced request or for none.
    private func send(
        _ path: String,
        _ request: BackendRequest = .get,
        isTraced: Bool = true,
        answers: [ScriptedServer.Answer],
        heard: @escaping @Sendable (ScriptedServer.Request) -> Void = { _ in }
    ) async throws -> String {
        let left = Mutex(answers)
        return try await ScriptedServer.with { request in
            heard(request)
            return left.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        } _: { server in
            let http = BackendHTTP(.init(), on: MultiThreadedEventLoopGroup.singleton)
            var policy = RequestGovernor.Policy()
            policy.firstPause = .zero
            let governor = RequestGovernor(policy, driver: "s3aws", BackendInstruments())
            let message = BackendMessage("GET", "http://user:word@\(server.authority)\(path)")
            await SpanScope.with(isTraced ? recorder : nil) {
                _ = try? await governor.run(request) { this throws(ObjectStoreError) in
                    let answer = try await http.send(message, this)
                    if answer.status == 404 { throw ObjectStoreError(.notFound, status: 404) }
                    guard answer.status == 200 else {
                        throw ObjectStoreError(.transient(.slowDown), status: answer.status)
                    }
                    return answer.status
                }
            }
            await http.shutDown()
            return server.authority
        }
    }

    @Test("each try is one, tells what was asked and answered, and the store hears of the trace")
    func tries() async throws {
        let heard = Mutex<[[String?]]>([])
        let authority = try await send(
            "/bucket/some%20key?X-Amz-Signature=secret&versionId=1#x",
            answers: [.init(503), .init(200)]
        ) { request in
            heard.withLock { $0.append([request["traceparent"], request["tracestate"]]) }
        }
        let calls = calls()
        #expect(calls.map(\.call.resends) == [0, 1])
        #expect(calls.map(\.call.status) == [503, 200])
        #expect(calls.map(\.span.outcome) == [.failed(code: "slow_down"), .ok])
        #expect(calls.allSatisfy { $0.span.parentID == recorder.rootID && $0.call.driver == "s3aws" })
        let target = try #require(calls.first?.call.target)
        #expect(target.method == "GET" && target.scheme == "http" && target.authority == authority)
        #expect(target.path == "/bucket/some%20key")
        let headers = calls.map { recorder.contextHeaders(of: $0.span.id).map { Optional($0.value) } }
        let sent = heard.withLock(\.self)
        #expect(sent == headers)
        #expect(sent.first?.last == "vendor=a b")
        #expect(sent.first?.first??.hasPrefix("00-0af7651916cd43dd8448eb211c80319c-") == true)
    }

    @Test("what is not there is no failure")
    func missing() async throws {
        _ = try await send("/b/k", .head, answers: [.init(404)])
        #expect(calls().map(\.span.outcome) == [.refused(code: "not_found")])
    }

    @Test("one that nobody answers has no status")
    func unanswered() async throws {
        _ = try await send("/b/k", answers: [])
        let calls = calls()
        #expect(calls.count == 6)
        #expect(calls.allSatisfy { $0.call.status == nil && $0.span.outcome == .failed(code: "connection") })
    }

    @Test("a path by which credentials are given out is told to nobody")
    func credentials() async throws {
        let authority = try await send("/v2/credentials/secret", .credentials, answers: [.init(200)])
        let target = try #require(calls().first?.call.target)
        #expect(target.path == nil && target.authority == authority)
    }

    @Test("there are none, and the store hears of nothing, without a traced request")
    func off() async throws {
        let heard = Mutex<[String?]>([])
        _ = try await send("/b/k", isTraced: false, answers: [.init(200)]) { request in
            heard.withLock { $0 += [request["traceparent"], request["tracestate"]] }
        }
        #expect(heard.withLock(\.self) == [nil, nil])
        #expect(calls().isEmpty)
    }
}
