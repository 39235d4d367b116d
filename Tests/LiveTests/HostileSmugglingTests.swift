//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

/// Requests whose end two servers in a row may see at different places, so that one takes for a request what the other took
/// for a body.
@Suite("Requests within requests", .timeLimit(.minutes(10)))
struct HostileSmugglingTests {
    /// What is hidden, and must never be done.
    private static let hidden = "GET /v2/hidden/tags/list HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let chunkedHidden = "0\r\n\r\n" + hidden

    /// Whether the hidden request was done.
    private func isDone(_ hostile: HostileRegistry) -> Bool {
        hostile.records.contains { $0.repository?.description == "hidden" }
    }

    private func answers(_ text: String) -> Int { text.components("\r\nX-Request-Id: ") }

    @Test(
        "A length of two meanings is refused, the connection ends, and nothing behind it is done",
        arguments: [
            // A length and chunks, in every order and spelling.
            ["Content-Length: 5", "Transfer-Encoding: chunked"], ["Transfer-Encoding: chunked", "Content-Length: 5"],
            ["Content-Length: 0", "Transfer-Encoding: chunked"], ["content-length: 5", "TRANSFER-ENCODING: CHUNKED"],
            ["Content-Length: 5", "Transfer-Encoding:\tchunked"], ["Content-Length: 5", "Transfer-Encoding: chunked "],
            ["Content-Length: 5", "Transfer-Encoding: gzip, chunked"],
            ["Content-Length: 5", "Transfer-Encoding: xchunked"],
            ["Content-Length: 5", "Transfer-Encoding: identity"], ["Content-Length: 5", "Transfer-Encoding: "],
            ["Content-Length: 5", "Transfer-Encoding:\r\n chunked"],
            ["Content-Length: 5", "Transfer-Encoding\t: chunked"],
            ["Content-Length: 5", " Transfer-Encoding: chunked"],
            ["Content-Length: 5", "X: y\r\n\tTransfer-Encoding: chunked"],
            ["Content-Length: 5", "Transfer-Encoding: \u{b}chunked"],
            ["Content-Length: 5", "X: y\rTransfer-Encoding: chunked"],
            // More than one length.
            ["Content-Length: 5", "Content-Length: 6"], ["Content-Length: 5", "Content-Length: 5"],
            ["Content-Length: 5, 5"], ["Content-Length: 5", "content-length: 0"], ["Content-Length: 5\r\n 0"],
            ["Content-Length: +5"], ["Content-Length: 0x5"], ["Content-Length: 5 5"], ["Content-Length: 5\u{b}"],
            ["Content-Length:"], ["Content-Length : 5"], ["Content-Length: -5"], ["Content-Length: 5."],
            // Encodings that are none, or not the last.
            ["Transfer-Encoding: chunked, identity"], ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
            ["Transfer-Encoding: identity"], ["Transfer-Encoding: chunked, chunked"],
            ["Transfer-Encoding: \"chunked\""],
            ["Transfer-Encoding: chunked;q=1"], ["Transfer-Encoding: chun ked"],
        ]
    )
    func ambiguous(_ headers: [String]) async throws {
        try await HostileRegistry.with { hostile in
            let head = "PUT /v2/a/manifests/x HTTP/1.1\r\nHost: a\r\n" + headers.map { $0 + "\r\n" }.joined() + "\r\n"
            let text = try await hostile.everything(to: head + Self.chunkedHidden)
            #expect(text.hasPrefix("HTTP/1.1 400 "), "\(text.prefix(300))")
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(answers(text) == 1, "one answer, and nothing after it: \(text)")
            #expect(!isDone(hostile))
        }
    }

    @Test("Chunks are of no use to HTTP/1.0", arguments: ["HTTP/1.0"])
    func oldVersion(_ version: String) async throws {
        try await HostileRegistry.with { hostile in
            let head = "PUT /v2/a/manifests/x \(version)\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
            let text = try await hostile.everything(to: head + Self.chunkedHidden)
            #expect(answers(text) == 1, "\(text)")
            #expect(!isDone(hostile))
        }
    }

    @Test(
        "Chunks of two meanings break the body, and nothing behind them is done",
        arguments: [
            "5\nabcde\n" + chunkedHidden, "5;a\nbc\r\nabcde\r\n" + chunkedHidden, "5 \r\nabcde\r\n" + chunkedHidden,
            "5\r\nabcde" + chunkedHidden, "5\r\nabcdef\r\n" + chunkedHidden, "5\rabcde\r\n" + chunkedHidden,
            "00000000000000000005\u{0}\r\nabcde\r\n" + chunkedHidden, "0x5\r\nabcde\r\n" + chunkedHidden,
            "10000000000000005\r\nabcde\r\n" + chunkedHidden, "+5\r\nabcde\r\n" + chunkedHidden,
            "5\r\nabcde\r\n0\r\nContent-Length: 3\r\n\r\n" + hidden,
            "5\r\nabcde\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunkedHidden,
            "5_0\r\nabcde\r\n" + chunkedHidden, "\r\n5\r\nabcde\r\n" + chunkedHidden,
        ]
    )
    func chunks(_ body: String) async throws {
        try await HostileRegistry.with { hostile in
            let upload = try await hostile.begin()
            let text = try await hostile.everything(to: head("PATCH", upload, "Transfer-Encoding: chunked") + body)
            #expect(text.hasPrefix("HTTP/1.1 400 "), "\(text.prefix(300))")
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(answers(text) == 1, "one answer, and nothing after it: \(text)")
            #expect(!isDone(hostile))
        }
    }

    @Test("What is between the lines of a body is a body: extensions, trailers, and requests in it are not done")
    func withinBody() async throws {
        try await HostileRegistry.with { hostile in
            let upload = try await hostile.begin()
            let size = String(Self.hidden.utf8.count, radix: 16)
            let body =
                "\(size);a=\"b\"\r\n\(Self.hidden)\r\n0;last\r\nX: y\r\n\r\n"
            let text = try await hostile.everything(
                to: head("PATCH", upload, "Transfer-Encoding: chunked") + body
                    + head("GET", "/v2/", "Connection: close")
            )
            #expect(text.hasPrefix("HTTP/1.1 202 "), "\(text.prefix(300))")
            #expect(answers(text) == 2)
            #expect(text.contains("HTTP/1.1 200 "))
            #expect(!isDone(hostile))
            #expect(try await hostile.offset(of: upload) == Self.hidden.utf8.count)
        }
    }

    @Test(
        "A line that goes on in the next one is refused, or is one line: never a header of its own",
        arguments: ["X: a\r\n Host: evil", "X: a\r\n\tConnection: close", "X: a\r\n Authorization: Basic YTpi"]
    )
    func folded(_ header: String) async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let text = try await hostile.everything(
                to: head("POST", "/v2/a/b/blobs/uploads/", header, "Content-Length: 0")
            )
            #expect(answers(text) == 1)
            #expect(text.hasPrefix("HTTP/1.1 400 ") || text.hasPrefix("HTTP/1.1 202 "), "\(text.prefix(300))")
            #expect(!text.contains("evil"))
        }
    }
}
