//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryHTTP
import RegistryModel
import RegistryTestKit
import Testing

@Suite("Contract: routes", .timeLimit(.minutes(5)))
struct RoutesContractTests {
    private static let digest = Digest.of([])

    /// Names for people, and targets.
    private static let routes: [(name: String, target: String)] = [
        ("/", "/"),
        ("/v2/", "/v2/"),
        ("/v2/_catalog", "/v2/_catalog"),
        ("/v2/<name>/tags/list", "/v2/a/tags/list"),
        ("/v2/<name>/manifests/<tag>", "/v2/a/manifests/x"),
        ("/v2/<name>/manifests/<digest>", "/v2/a/manifests/\(digest)"),
        ("/v2/<name>/blobs/<digest>", "/v2/a/blobs/\(digest)"),
        ("/v2/<name>/blobs/uploads/", "/v2/a/blobs/uploads/"),
        ("/v2/<name>/blobs/uploads/<id>", "/v2/a/blobs/uploads/x"),
        ("/v2/<name>/referrers/<digest>", "/v2/a/referrers/\(digest)"),
        ("/<unknown>", "/unknown"),
    ]

    private static let methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PURGE"]

    private static let modes: [(name: String, allowsDelete: Bool, isReadOnly: Bool)] = [
        ("everything on", true, false), ("deleting off", false, false), ("read-only", true, true),
    ]

    @Test("Which method every route has, in every mode")
    func routes() async throws {
        var lines: [String] = []
        for mode in Self.modes {
            lines.append("# \(mode.name)")
            lines += try await TestRegistry.client(.inMemory) { setup in
                setup.options.allowsDelete = mode.allowsDelete
                setup.isReadOnly = mode.isReadOnly
            } _: { client, _ in
                var lines: [String] = []
                for route in Self.routes {
                    for method in Self.methods {
                        let response = try await client.send(
                            method,
                            route.target,
                            body: ["GET", "HEAD"].contains(method) ? nil : []
                        )
                        let answer =
                            switch response.status {
                            case 405: "405, Allow: \(response["allow"] ?? "-")"
                            case 404 where response.errorCode == "NOT_FOUND" || route.name == "/<unknown>": "404"
                            default: "allowed"
                            }
                        lines.append("\(method) \(route.name): \(answer)")
                    }
                }
                return lines
            }
        }
        try Golden.expect(lines.joined(separator: "\n") + "\n", "routes.txt")
    }
}
