//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Hostile headers", .timeLimit(.minutes(10)))
struct HostileHeaderTests {
    private static let evil = [
        "evil.example/%0d%0aX-Evil:%20y", "evil.example%0d%0aX-Evil: y", "user:pass@evil.example",
        "evil.example/path?x",
        "evil.example#", "\"><script>", "evil.example\\@x", "evil example", "javascript:alert(1)//",
    ]

    @Test("No host that could lead a client elsewhere comes back in Location", arguments: evil)
    func location(_ host: String) async throws {
        try await HostileRegistry.with(requests: 4) { hostile in
            for header in [
                "Host: \(host)", "X-Forwarded-Host: \(host)", "Forwarded: host=\"\(host)\"",
                "X-Forwarded-Proto: \(host)",
            ] {
                let name = header.hasPrefix("Host") ? "X" : "Host"
                let request =
                    "POST /v2/a/blobs/uploads/ HTTP/1.1\r\n\(name): x\r\n\(header)\r\nContent-Length: 0\r\n\r\n"
                let answer = try await hostile.answer(to: request)
                let location = try #require(answer["location"])
                #expect(location.hasPrefix("/v2/a/blobs/uploads/"), "\(header) → \(location)")
                #expect(answer["x-evil"] == nil)
            }
        }
    }

    @Test("Nothing of a query comes back unescaped in Link")
    func link() async throws {
        try await HostileRegistry.with { hostile in
            for name in ["b", "c", "d"] { try await hostile.client.push([], to: name) }
            for target in [
                "/v2/_catalog?n=1&last=%0d%0aX-Evil:y", "/v2/_catalog?n=1&last=%3E%3B", "/v2/_catalog?n=1&last=a%22",
            ] {
                let answer = try await hostile.client.send("GET", target)
                #expect(answer.status == 200)
                #expect(
                    answer["link"] == "<http://127.0.0.1:\(hostile.port)/v2/_catalog?last=b&n=1>; rel=\"next\""
                        || answer.text.contains("[]")
                )
                #expect(answer["x-evil"] == nil)
            }
            let image = try await hostile.client.pushImage(to: "b")
            let target = "/v2/b/referrers/\(image.digest)?artifactType=%0d%0aX-Evil:y"
            let answer = try await hostile.client.send("GET", target)
            #expect(answer.status == 200)
            #expect(answer["x-evil"] == nil)
            #expect(answer["oci-filters-applied"] == "artifactType")
        }
    }

    @Test("Tags in a query are checked before they come back in a header")
    func tags() async throws {
        try await HostileRegistry.with { hostile in
            let image = try await hostile.client.pushImage(to: "a")
            let answer = try await hostile.client.send(
                "PUT",
                "/v2/a/manifests/\(image.digest)?tag=good&tag=x%0d%0aX-Evil:y",
                headers: [("Content-Type", MediaType.ociManifest.description)],
                body: image.manifest
            )
            #expect(answer.status == 400)
            #expect(answer.errorCode == "TAG_INVALID")
            #expect(answer["x-evil"] == nil)
        }
    }

    @Test(
        "A caller's request id is kept only if it can stand in a log",
        arguments: [
            ("abc-123", true), ("a b", false), ("a\"b", false), (String(repeating: "x", count: 129), false),
            ("é", false),
        ]
    )
    func requestID(_ id: String, _ isKept: Bool) async throws {
        try await HostileRegistry.with(requests: 1) { hostile in
            let answer = try await hostile.client.send("GET", "/v2/", headers: [("X-Request-Id", id)])
            #expect(answer["x-request-id"] == hostile.records.first?.requestID.description)
            #expect(hostile.records.first?.clientRequestID == (isKept ? id : nil))
        }
    }

    @Test(
        "Headers that cannot be read are as if they were not there, or are refused, and never break anything",
        arguments: [
            "traceparent: 00-zz", "traceparent: " + String(repeating: "0", count: 5000), "If-None-Match: \"",
            "If-None-Match: ,,,,",
            "Accept: \u{1}", "Content-Type: ;;;", "Content-Range: bytes", "If-Range: x", "Expect: miracles", "TE: x",
            "Upgrade: y",
            "X-Forwarded-For: " + String(repeating: "1.1.1.1,", count: 2000),
            "Cookie: " + String(repeating: "a=b; ", count: 4000),
            "User-Agent: " + String(repeating: "x", count: 30_000), "Authorization: Basic ====", "Host: second",
            ":authority: x",
        ]
    )
    func unreadable(_ header: String) async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            for target in ["/v2/", "/v2/none/manifests/x"] {
                let answer = try await hostile.answer(to: head("GET", target, header))
                #expect([200, 400, 404].contains(answer.status), "\(answer.status)")
            }
        }
    }
}
