//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import RegistryModel
import RegistryTestKit
import Testing

/// `plimsoll garbage-collect` for a configuration, and what must hold of a registry after it.
enum Collection {
    /// Keys of `http` for a control socket where commands find it by the configuration.
    static func control(_ folder: TemporaryFolder) -> String { "control: {socket: \"\(folder.path)/control.sock\"}" }

    static func arguments(_ configuration: String, _ more: [String] = []) -> [String] {
        ["garbage-collect", configuration] + more
    }

    static func run(
        _ configuration: String,
        _ more: [String],
        environment: [String: String] = [:]
    ) async throws -> Tool.Result {
        try await Tool.run(try ProjectFolder.binary(), arguments(configuration, more), environment: environment)
    }

    /// What it has done.
    static func report(_ configuration: String, _ more: String...) async throws -> JSONValue {
        let result = try await run(configuration, ["--json"] + more)
        try #require(result.succeeded, "\(result)")
        return try JSONValue(text: result.output)
    }

    /// Digests that lie in a root folder.
    static func blobs(_ root: String) throws -> Set<String> {
        let folder = root + "/docker/registry/v2/blobs"
        var blobs: Set<String> = []
        for name in try FileManager.default.subpathsOfDirectory(atPath: folder) where name.hasSuffix("/data") {
            blobs.insert(String(name.dropLast(5).split(separator: "/").last ?? ""))
        }
        return blobs
    }

    /// Pulls everything that a tag leads to, and compares it with its digest.
    /// - Returns: manifests that were pulled.
    @discardableResult
    static func pullAll(_ client: WireClient, _ note: String = "") async throws -> Int {
        var pulled = 0
        for name in try JSONValue(bytes: await client.get("/v2/_catalog").body)["repositories"]?.array ?? [] {
            let name = name.string ?? ""
            let tags = try JSONValue(bytes: await client.get("/v2/\(name)/tags/list").body)["tags"]?.array ?? []
            var waiting = tags.compactMap(\.string)
            while let reference = waiting.popLast() {
                let response = try await client.get(
                    "/v2/\(name)/manifests/\(reference)",
                    headers: [("Accept", "\(MediaType.ociManifest), \(MediaType.ociIndex)")]
                )
                #expect(response.status == 200, "\(note) \(name):\(reference) is \(response.status) \(response.text)")
                guard response.status == 200 else { continue }
                pulled += 1
                let manifest = try JSONValue(bytes: response.body)
                waiting += manifest["manifests"]?.array.compactMap { $0["digest"]?.string } ?? []
                let blobs = (manifest["layers"]?.array ?? []) + [manifest["config"]].compactMap(\.self)
                for digest in blobs.compactMap({ $0["digest"]?.string }) {
                    let blob = try await client.get("/v2/\(name)/blobs/\(digest)")
                    #expect(blob.status == 200, "\(note) \(name):\(reference) has lost \(digest)")
                    #expect(Digest.of(blob.body).description == digest, "\(note) \(name):\(reference): \(digest)")
                }
            }
        }
        return pulled
    }
}
