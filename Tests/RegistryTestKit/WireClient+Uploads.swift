//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel

/// Chunked uploads, step by step. A location is a URL that a server gave; only its path and query are used, so that it is
/// good for another server too.
extension WireClient {
    /// - Returns: where the upload goes on.
    package func beginUpload(in name: String) async throws -> String {
        try location(of: try await send("POST", "/v2/\(name)/blobs/uploads/", body: []), 202)
    }

    /// Sends a chunk.
    /// - Returns: where the upload goes on.
    package func sendChunk(_ location: String, _ bytes: some Sequence<UInt8>) async throws -> String {
        let type = ("Content-Type", "application/octet-stream")
        return try self.location(of: try await send("PATCH", location, headers: [type], body: Array(bytes)), 202)
    }

    /// Asks how far an upload is.
    package func uploadStatus(_ location: String) async throws -> (offset: Int, location: String) {
        let response = try await send("GET", location)
        let next = try self.location(of: response, 204)
        // `0-0` is said of one byte and of none.
        let last = response["range"]?.split(separator: "-").last.flatMap { Int($0) } ?? 0
        return (last == 0 ? 0 : last + 1, next)
    }

    /// Sends the last chunk.
    package func finishUpload(_ location: String, _ bytes: some Sequence<UInt8>, _ digest: Digest) async throws {
        let separator = location.contains("?") ? "&" : "?"
        let response = try await send("PUT", "\(location)\(separator)digest=\(digest)", body: Array(bytes))
        guard response.status == 201 else { throw UnexpectedStatus(response: response) }
    }

    private func location(of response: WireResponse, _ status: Int) throws -> String {
        guard response.status == status, let location = response["location"] else {
            throw UnexpectedStatus(response: response)
        }
        return location
    }
}
