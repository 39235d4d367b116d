//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("Hostile paths", .timeLimit(.minutes(10)))
struct HostilePathTests {
    @Test("Tricks with paths are refused on every route, and leave nothing on the disk")
    func tricks() async throws {
        let names = [
            "..", "../..", "a/../b", "%2e%2e", "%2e%2e%2fetc", "a%2fb", "a%2F..%2Fb", "a%00", "a//b", "/a", "a\\b",
            "a%5c..%5cb",
            ".", "a/.", "_uploads", "a/_uploads", "a/_layers/b", "_manifests", "a/_manifests/tags", "%ff", "a%", "a%zz",
            "A",
            "a%20b", "a;b", "a..b", "-a", "a-", "a%0d%0aX:y", "%252e%252e", String(repeating: "a", count: 256),
            String(repeating: "a/", count: 5_000) + "a",
        ]
        try await HostileRegistry.with(requests: names.count * 6) { hostile in
            let digest = "sha256:" + String(repeating: "0", count: 64)
            for name in names {
                for (method, rest) in [
                    ("GET", "tags/list"), ("PUT", "manifests/latest"), ("GET", "blobs/\(digest)"),
                    ("POST", "blobs/uploads/"),
                    ("PATCH", "blobs/uploads/id"), ("DELETE", "manifests/\(digest)"),
                ] {
                    let request = head(method, "/v2/\(name)/\(rest)", "Content-Length: 2") + "{}"
                    let answer = try await hostile.answer(to: request)
                    #expect([400, 404].contains(answer.status), "\(method) \(name)/\(rest)")
                    #expect(["NAME_INVALID", "NOT_FOUND"].contains(answer.errorCode), "\(method) \(name)/\(rest)")
                }
            }
            #expect(try hostile.folder.files().isEmpty)
        }
    }

    @Test("Names of 255 characters are served, one more is refused")
    func lengths() async throws {
        try await HostileRegistry.with(requests: 3) { hostile in
            let name = String(repeating: "a/", count: 127) + "b"
            try await hostile.client.push(bytes(10), to: name)
            let longer = try await hostile.client.send("POST", "/v2/\(name)c/blobs/uploads/", body: [])
            #expect(longer.errorCode == "NAME_INVALID")
        }
    }

    @Test(
        "Digests that are none are refused on every route that takes one",
        arguments: [
            "sha256:" + String(repeating: "A", count: 64), "SHA256:" + String(repeating: "a", count: 64),
            "sha256:" + String(repeating: "a", count: 63), "sha256:" + String(repeating: "a", count: 65),
            "sha256:" + String(repeating: "g", count: 64), "md5:" + String(repeating: "a", count: 32), "sha256:", ":",
            "sha256::",
            "sha512:" + String(repeating: "a", count: 64), "sha256:" + String(repeating: "a", count: 62) + "..",
            "sha256%3A..%2F..", "sha256:" + String(repeating: "%61", count: 63),
        ]
    )
    func digests(_ digest: String) async throws {
        try await HostileRegistry.with(requests: 8) { hostile in
            for (method, target) in [
                ("GET", "/v2/a/blobs/\(digest)"), ("HEAD", "/v2/a/blobs/\(digest)"),
                ("DELETE", "/v2/a/blobs/\(digest)"),
                ("GET", "/v2/a/referrers/\(digest)"), ("GET", "/v2/a/manifests/\(digest)"),
                ("POST", "/v2/a/blobs/uploads/?digest=\(digest)"),
                ("POST", "/v2/a/blobs/uploads/?mount=\(digest)&from=b"),
                ("PUT", "/v2/a/blobs/uploads/id?digest=\(digest)"),
            ] {
                let answer = try await hostile.client.send(method, target, body: method == "GET" ? nil : [])
                #expect(answer.status == 400, "\(method) \(target)")
                if method != "HEAD" {
                    #expect(["DIGEST_INVALID", "TAG_INVALID"].contains(answer.errorCode), "\(target)")
                }
            }
            #expect(try hostile.folder.files().isEmpty)
        }
    }

    @Test("Bytes that are not UTF-8 in paths and headers are answered")
    func notUnicode() async throws {
        try await HostileRegistry.with(requests: 2) { hostile in
            let wild: [UInt8] = [0xff, 0xfe, 0xc3, 0x28]
            let inPath = Array("GET /v2/".utf8) + wild + Array("/tags/list HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
            let inHeader = Array("GET /v2/ HTTP/1.1\r\nHost: x\r\nUser-Agent: ".utf8) + wild + Array("\r\n\r\n".utf8)
            for (request, status) in [(inPath, 400), (inHeader, 200)] {
                let answer = try await WireConnection.with(port: hostile.port) { connection in
                    try await connection.send(request)
                    return try await connection.response()
                }
                #expect(answer.status == status)
                #expect(answer.status == 200 || answer.errorCode != nil)
            }
        }
    }
}
