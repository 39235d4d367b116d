//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

extension WireClient {
    package func get(_ target: String, headers: [(String, String)] = []) async throws -> WireResponse {
        try await send("GET", target, headers: headers)
    }

    package func head(_ target: String, headers: [(String, String)] = []) async throws -> WireResponse {
        try await send("HEAD", target, headers: headers)
    }

    package func delete(_ target: String) async throws -> WireResponse { try await send("DELETE", target) }

    /// Pushes a manifest.
    /// - Parameter type: the `Content-Type`; nil for none.
    package func put(
        _ manifest: [UInt8],
        as reference: some CustomStringConvertible,
        to name: String,
        type: MediaType? = .ociManifest,
        query: String = ""
    ) async throws -> WireResponse {
        try await send(
            "PUT",
            "/v2/\(name)/manifests/\(reference)\(query)",
            headers: type.map { [("Content-Type", $0.description)] } ?? [],
            body: manifest
        )
    }

    /// Begins an upload.
    /// - Returns: its address.
    package func begin(in name: String) async throws -> String {
        let begun = try await send("POST", "/v2/\(name)/blobs/uploads/", body: [])
        guard begun.status == 202, let location = begun["location"] else { throw UnexpectedStatus(response: begun) }
        return location
    }

    /// Sends a chunk of an upload.
    /// - Parameter range: the `Content-Range`; nil for a chunk that does not say where it belongs.
    package func patch(_ location: String, _ chunk: [UInt8], range: String? = nil) async throws -> WireResponse {
        try await send("PATCH", location, headers: range.map { [("Content-Range", $0)] } ?? [], body: chunk)
    }

    /// Ends an upload.
    package func finish(
        _ location: String,
        _ digest: some CustomStringConvertible,
        _ chunk: [UInt8] = [],
        range: String? = nil
    ) async throws -> WireResponse {
        try await send(
            "PUT",
            Self.adding("digest=\(digest)", to: location),
            headers: range.map { [("Content-Range", $0)] } ?? [],
            body: chunk
        )
    }

    /// A target with one more parameter.
    package static func adding(_ parameter: String, to target: String) -> String {
        target + (target.contains("?") ? "&" : "?") + parameter
    }

    /// The address without its query.
    package static func withoutQuery(_ target: String) -> String { String(target.prefix { $0 != "?" }) }
}

/// Bytes that differ from place to place and from seed to seed.
package func sampleBytes(_ count: Int, seed: Int = 0) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: ($0 &* 31) ^ ($0 >> 7) ^ (seed &* 101)) }
}
