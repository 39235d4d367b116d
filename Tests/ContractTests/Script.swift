//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit

/// The pushes that the contracts look at the traces of.
///
/// Everything in it is fixed, so that digests are too.
enum Script {
    static let configuration = Array("{}".utf8)
    static let layer = Array("a layer".utf8)
    static let manifest = WireClient.manifest(configuration: configuration, layers: [layer])
    static let referrer = WireClient.manifest(
        configuration: configuration,
        layers: [],
        extra:
            #","subject":{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest.of(manifest))","size":\#(manifest.count)}"#
    )
    static let index = Array(
        #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(Digest.of(manifest))","size":\#(manifest.count)}]}"#
            .utf8
    )

    /// Pushes images, an index and a referrer, mounts, moves a tag, deletes, and leaves uploads begun.
    static func run(_ client: WireClient) async throws {
        for blob in [configuration, layer] { try await client.push(blob, to: "team/app") }
        try await client.push(layer, to: "team/app", .sha512)
        try await expect(201, client.put(manifest, as: "v1", to: "team/app"))
        try await expect(201, client.put(manifest, as: "latest", to: "team/app"))
        try await expect(201, client.put(referrer, as: Digest.of(referrer), to: "team/app"))
        try await expect(201, client.put(index, as: "latest", to: "team/app", type: .ociIndex))
        try await expect(
            201,
            client.put(manifest, as: Digest.of(manifest, .sha512), to: "team/app", query: "?tag=wide")
        )
        try await expect(201, client.put(manifest, as: "gone", to: "team/app"))
        try await expect(202, client.delete("/v2/team/app/manifests/gone"))
        try await expect(
            201,
            client.send("POST", "/v2/mirror/blobs/uploads/?mount=\(Digest.of(layer))&from=team/app", body: [])
        )
        try await expect(202, client.patch(client.begin(in: "team/app"), Array("half".utf8)))
        _ = try await client.begin(in: "begun-only")
        try await expect(204, client.delete(client.begin(in: "cancelled")))
        try await expect(400, client.finish(client.begin(in: "mismatch"), Digest.of([1]), [2]))
    }

    private static func expect(_ status: Int, _ response: WireResponse) throws {
        guard response.status == status else { throw UnexpectedStatus(response: response) }
    }
}
