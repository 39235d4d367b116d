//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit
import Testing

@Suite("Contract: headers", .timeLimit(.minutes(5)))
struct HeadersContractTests {
    private static let digest = Digest.of(Script.manifest)
    private static let layer = Digest.of(Script.layer)

    /// Requests after the script, of every route and every kind of answer; a range or condition where there is one.
    private static let requests: [(method: String, target: String, header: (String, String)?)] = [
        ("GET", "/", nil),
        ("GET", "/v2/", nil),
        ("GET", "/unknown", nil),
        ("POST", "/v2/", nil),
        ("GET", "/v2/_catalog", nil),
        ("GET", "/v2/_catalog?n=1", nil),
        ("GET", "/v2/team/app/tags/list", nil),
        ("GET", "/v2/team/app/tags/list?n=1", nil),
        ("GET", "/v2/team/app/manifests/v1", nil),
        ("HEAD", "/v2/team/app/manifests/v1", nil),
        ("GET", "/v2/team/app/manifests/latest", nil),
        ("GET", "/v2/team/app/manifests/\(Digest.of(Script.referrer))", nil),
        ("GET", "/v2/team/app/manifests/v1", ("If-None-Match", "\"\(digest)\"")),
        ("GET", "/v2/team/app/manifests/unknown", nil),
        ("PUT", "/v2/team/app/manifests/\(digest)?tag=one&tag=two", nil),
        ("DELETE", "/v2/team/app/manifests/one", nil),
        ("DELETE", "/v2/team/app/manifests/\(digest)", nil),
        ("GET", "/v2/team/app/blobs/\(layer)", nil),
        ("HEAD", "/v2/team/app/blobs/\(layer)", nil),
        ("GET", "/v2/team/app/blobs/\(layer)", ("Range", "bytes=1-2")),
        ("GET", "/v2/team/app/blobs/\(layer)", ("Range", "bytes=100-")),
        ("GET", "/v2/team/app/blobs/\(layer)", ("If-None-Match", "*")),
        ("DELETE", "/v2/mirror/blobs/\(layer)", nil),
        ("POST", "/v2/new/blobs/uploads/", nil),
        ("POST", "/v2/new/blobs/uploads/?mount=\(layer)&from=team/app", nil),
        ("POST", "/v2/new/blobs/uploads/?digest=\(digest)", nil),
        ("GET", "<upload>", nil),
        ("PATCH", "<upload>", nil),
        ("PATCH", "<upload>", ("Content-Range", "9999-\(9998 + Script.manifest.count)")),
        ("PUT", "<upload>&digest=\(digest)", nil),
        ("DELETE", "<other>", nil),
        ("GET", "/v2/team/app/referrers/\(digest)", nil),
        ("GET", "/v2/team/app/referrers/\(digest)?artifactType=x", nil),
    ]

    @Test("All headers of every kind of answer")
    func headers() async throws {
        try await TestRegistry.client(.inMemory) { client, registry in
            try await Script.run(client)
            var uploads = ["<upload>": try await client.begin(in: "new"), "<other>": try await client.begin(in: "new")]
            var lines: [String] = []
            for (method, target, header) in Self.requests {
                var actual = target
                for (placeholder, location) in uploads { actual = actual.replacing(placeholder, with: location) }
                let response = try await client.send(
                    method,
                    actual,
                    headers: header.map { [$0] } ?? [],
                    body: ["PUT", "PATCH"].contains(method) || target.contains("?digest=")
                        ? (target.hasSuffix("&digest=\(Self.digest)") ? [] : Script.manifest)
                        : method == "POST" ? [] : nil
                )
                // The next request for the upload goes to where this one says.
                if target.hasPrefix("<upload>"), let location = response["location"] { uploads["<upload>"] = location }
                lines.append("\(method) \(target)" + (header.map { ", \($0.0): \($0.1)" } ?? ""))
                lines.append("  \(response.status)")
                lines += response.headers.map { "  \($0.name): \(Self.fixed($0.value, $0.name, port: registry.port))" }
                    .sorted()
            }
            try Golden.expect(lines.joined(separator: "\n") + "\n", "headers.txt")
        }
    }

    /// A value with a placeholder for what no two runs have in common.
    private static func fixed(_ value: String, _ name: String, port: Int) -> String {
        switch name {
        case "date": value.hasSuffix(" GMT") ? "<date>" : value
        case "x-request-id": value.wholeMatch(of: /[0-9a-f]{32}/) == nil ? value : "<id>"
        default:
            value.replacing("127.0.0.1:\(port)", with: "<host>")
                .replacing(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, with: "<id>")
                .replacing(/_state=[A-Za-z0-9_=-]+/, with: "_state=<state>")
        }
    }
}
