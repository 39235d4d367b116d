//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Hostile framing", .timeLimit(.minutes(10)))
struct HostileFramingTests {
    @Test(
        "What is no request is answered with an envelope, and the connection ends",
        arguments: [
            ("64 KiB in one header", head("GET", "/v2/", "X: " + String(repeating: "a", count: 64 << 10)), 431),
            (
                "64 KiB of headers",
                head(
                    "GET",
                    "/v2/",
                    String(repeating: "X-Some: \(String(repeating: "a", count: 500))\r\n", count: 128) + "Y: z"
                ), 431
            ),
            ("1,000 headers", head("GET", "/v2/", String(repeating: "X: y\r\n", count: 1000) + "Y: z"), 431),
            ("a request line of 100 KB", head("GET", "/v2/" + String(repeating: "a", count: 100_000)), 431),
            ("a negative length", head("PUT", "/v2/a/manifests/x", "Content-Length: -1"), 400),
            ("a length with a sign", head("PUT", "/v2/a/manifests/x", "Content-Length: +1") + "x", 400),
            ("a length in words", head("PUT", "/v2/a/manifests/x", "Content-Length: ten"), 400),
            ("a length in hexadecimal", head("PUT", "/v2/a/manifests/x", "Content-Length: 0x1") + "x", 400),
            ("a list of lengths", head("PUT", "/v2/a/manifests/x", "Content-Length: 1, 1") + "x", 400),
            (
                "a length beyond 64 bits", head("PUT", "/v2/a/manifests/x", "Content-Length: 99999999999999999999999"),
                400
            ),
            ("two lengths", head("PUT", "/v2/a/manifests/x", "Content-Length: 1", "Content-Length: 2") + "xx", 400),
            (
                "two equal lengths", head("PUT", "/v2/a/manifests/x", "Content-Length: 1", "Content-Length: 1") + "x",
                400
            ),
            (
                "a length and chunks",
                head("PUT", "/v2/a/manifests/x", "Content-Length: 5", "Transfer-Encoding: chunked") + "0\r\n\r\n", 400
            ),
            (
                "chunks and a length",
                head("PUT", "/v2/a/manifests/x", "Transfer-Encoding: chunked", "Content-Length: 5") + "0\r\n\r\n", 400
            ),
            ("an unknown encoding", head("PUT", "/v2/a/manifests/x", "Transfer-Encoding: gzip") + "x", 400),
            (
                "chunks that are not last",
                head("PUT", "/v2/a/manifests/x", "Transfer-Encoding: chunked, gzip") + "0\r\n\r\n", 400
            ),
            ("a space before the colon", head("GET", "/v2/", "X : y"), 400),
            ("a header without a colon", head("GET", "/v2/", "nonsense"), 400),
            ("a header without a name", head("GET", "/v2/", ": y"), 400),
            ("a NUL in a header", head("GET", "/v2/", "X: a\u{0}b"), 400),
            ("no version", "GET /v2/\r\n\r\n", 400),
            ("an unknown version", "GET /v2/ HTTP/7.3\r\n\r\n", 400),
            ("no target", "GET  HTTP/1.1\r\n\r\n", 400),
            ("a space in the target", "GET /v2/ /x HTTP/1.1\r\n\r\n", 400),
            ("an unknown method", head("FOO", "/v2/"), 400),
            ("a method in lower case", head("get", "/v2/"), 400),
            ("a method that goes on for ever", String(repeating: "G", count: 100_000), 400),
            ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}\u{1}\u{fc}\u{3}\u{3}", 400),
            (
                "the preface of HTTP/2",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u{0}\u{0}\u{0}\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}", 400
            ),
            ("SSH", "SSH-2.0-OpenSSH_9.6\r\n", 400),
        ]
    )
    func refused(_ what: String, _ request: String, _ status: Int) async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let text = try await hostile.everything(to: request)
            #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(200))")
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(text.contains("\r\nContent-Length: "))
            #expect(text.contains("\r\nX-Request-Id: "))
            #expect(text.contains(#"{"errors":[{"code":"REQUEST_INVALID""#))
            #expect(text.components("\r\nX-Request-Id: ") == 1, "one answer, and nothing after it")
            let record = try #require(hostile.records.first)
            #expect(record.status == status)
            // Only what is wrong with a body is found out after its head.
            #expect(record.route == (request.contains("gzip\r\n\r\nx") ? .manifest : .unknown))
            #expect(record.method.isEmpty == (record.route == .unknown))
            #expect(record.duration > .zero && record.timeToFirstByte.map { $0 <= record.duration } == true)
        }
    }

    @Test(
        "Chunks that are none break the body, and the upload stands at what came before",
        arguments: [
            "zz\r\nabc\r\n", "-1\r\nabc\r\n", "fffffffffffffffff\r\n", "5\r\nabcdeXX", "5;x\u{0}=y\r\nabcde",
            "\r\n\r\n", " 5\r\nabcde\r\n",
            "0x5\r\nabcde\r\n",
        ]
    )
    func badChunks(_ broken: String) async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let upload = try await hostile.begin()
            let request = head("PATCH", upload, "Transfer-Encoding: chunked") + "6\r\nabcdef\r\n" + broken
            let text = try await hostile.everything(to: request)
            #expect(text.hasPrefix("HTTP/1.1 400 "), "\(text.prefix(200))")
            #expect(text.contains("\r\nConnection: close\r\n"))
            #expect(text.contains("REQUEST_INVALID"))
            // What the broken chunk still had is a matter of the parser.
            #expect((6...11).contains(try await hostile.offset(of: upload)))
        }
    }

    @Test("Chunks may be of any size, with extensions and trailers")
    func oddChunks() async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            let upload = try await hostile.begin()
            let body = "1\r\na\r\n0002;x=\"y\"\r\nbc\r\nA\r\ndefghijklm\r\n0\r\nX-Trailer: t\r\n\r\n"
            let answer = try await hostile.answer(to: head("PATCH", upload, "Transfer-Encoding: chunked") + body)
            #expect(answer.status == 202)
            #expect(answer["range"] == "0-12")
        }
    }

    @Test("What follows a body is the next request: garbage there is refused after the answer")
    func longerThanDeclared() async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let upload = try await hostile.begin()
            let text = try await hostile.everything(to: head("PATCH", upload, "Content-Length: 3") + "abc and more")
            #expect(text.hasPrefix("HTTP/1.1 202 "))
            #expect(text.contains("\r\nRange: 0-2\r\n"))
            #expect(text.components("\r\nX-Request-Id: ") == 2)
            #expect(text.contains("HTTP/1.1 400 "))
            #expect(text.contains("REQUEST_INVALID"))
        }
    }

    @Test("A smuggled request is answered as a request of its own, never mixed into another one")
    func smuggling() async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            let text = try await hostile.everything(
                to: head("GET", "/v2/", "Content-Length: 3") + "abc" + head("GET", "/v2/_catalog", "Connection: close")
            )
            #expect(text.components("HTTP/1.1 200 ") == 2)
            #expect(text.hasSuffix(#"{"repositories":[]}"#))
        }
    }

    @Test(
        "A length that nobody has is refused at once, not taken for none",
        arguments: ["9223372036854775807", "9223372036854775808", "18446744073709551615"]
    )
    func hugeLengths(_ length: String) async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let upload = try await hostile.begin()
            let patch = try await hostile.everything(to: head("PATCH", upload, "Content-Length: \(length)") + "abc")
            #expect(patch.hasPrefix("HTTP/1.1 507 "), "\(patch.prefix(200))")
            let manifest = try await hostile.everything(
                to: head("PUT", "/v2/a/manifests/x", "Content-Length: \(length)") + "{}"
            )
            #expect(manifest.hasPrefix("HTTP/1.1 507 "), "\(manifest.prefix(200))")
        }
    }

    @Test("Line ends without CR are no lines of ours, or are: but the answer is one and whole")
    func bareLineFeeds() async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let text = try await hostile.everything(to: "GET /v2/ HTTP/1.1\nHost: x\nConnection: close\n\n")
            #expect(text.hasPrefix("HTTP/1.1 "))
            #expect(text.components("\r\nX-Request-Id: ") == 1)
            #expect(text.contains("\r\nConnection: close\r\n"))
        }
    }
}

extension String {
    /// How often a text occurs.
    func components(_ part: String) -> Int { self.split(separator: part, omittingEmptySubsequences: false).count - 1 }
}
