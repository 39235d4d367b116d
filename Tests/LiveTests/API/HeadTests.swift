//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@Suite("HEAD is GET without the content", .timeLimit(.minutes(5)))
struct HeadTests {
    /// What differs from one answer to the next.
    private static let varying: Set<String> = ["date", "x-request-id", "location"]

    private static func headers(_ response: WireResponse) -> [String] {
        response.headers.filter { !varying.contains($0.name) }.map { "\($0.name): \($0.value)" }.sorted()
    }

    @Test("On every route, found or not, allowed or not", arguments: TestStorage.allCases)
    func allRoutes(storage: TestStorage) async throws {
        try await TestRegistry.client(storage) { client, registry in
            let subject = Samples.subject(Digest.of([9]))
            let image = try await client.pushImage(
                to: "a",
                reference: "latest",
                layers: [sampleBytes(300_000)],
                extra: subject
            )
            let upload = WireClient.path(of: try await client.begin(in: "a"))
            let blob = Digest.of(sampleBytes(300_000))
            let targets = [
                "/", "/v2", "/v2/", "/v2/_catalog", "/v2/_catalog?n=x", "/v2/a/tags/list", "/v2/a/tags/list?n=0",
                "/v2/b/tags/list",
                "/v2/a/manifests/latest", "/v2/a/manifests/\(image.digest)", "/v2/a/manifests/other",
                "/v2/a/manifests/.x",
                "/v2/a/blobs/\(blob)", "/v2/a/blobs/\(Digest.of([1]))", "/v2/a/blobs/x", "/v2/A/blobs/\(blob)",
                "/v2/a/referrers/\(Digest.of([9]))", "/v2/a/referrers/\(Digest.of([9]))?artifactType=x",
                "/v2/a/referrers/x",
                upload, "/v2/a/blobs/uploads/x", "/v2/a/blobs/uploads/", "/nowhere",
            ]
            try await WireConnection.with(port: registry.port) { connection in
                // On one connection, so that a body after HEAD would be taken for the next answer.
                for target in targets {
                    try await connection.send("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                    let get = try await connection.response()
                    try await connection.send("HEAD \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
                    let head = try await connection.response(isHead: true)
                    #expect(head.status == get.status, "\(target)")
                    #expect(Self.headers(head) == Self.headers(get), "\(target)")
                    #expect((head["location"] == nil) == (get["location"] == nil), "\(target)")
                    #expect(get.body.count == Int(get["content-length"] ?? "0"), "\(target)")
                    #expect(try await registry.record(of: head).bytesOut == 0, "\(target)")
                }
            }
        }
    }
}
