//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
import RegistryStorage

/// An OCI client for tests: one request a call, each on a connection of its own.
package struct WireClient: Sendable {
    private let port: Int

    package init(port: Int) { self.port = port }

    /// Sends a request and reads the response.
    /// - Parameters:
    ///   - target: path and query, or the absolute URL of a `Location` header.
    ///   - headers: beside `Host` and `Content-Length`.
    package func send(
        _ method: String,
        _ target: String,
        headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) async throws -> WireResponse {
        try await WireConnection.with(port: port) { connection in
            var head = "\(method) \(Self.path(of: target)) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\n"
            for (name, value) in headers { head += "\(name): \(value)\r\n" }
            if let body { head += "Content-Length: \(body.count)\r\n" }
            try await connection.send(Array((head + "\r\n").utf8) + (body ?? []))
            return try await connection.response(isHead: method == "HEAD")
        }
    }

    /// The path of a URL; a path stays as it is.
    package static func path(of target: String) -> String {
        guard target.hasPrefix("http") else { return target }
        let rest = target.drop { $0 != ":" }.dropFirst(3)
        return String(rest.drop { $0 != "/" })
    }

    /// Pushes a blob with POST and PUT.
    /// - Returns: its digest.
    @discardableResult
    package func push(
        _ blob: [UInt8],
        to name: String,
        _ algorithm: DigestAlgorithm = .sha256
    ) async throws -> Digest {
        let digest = Digest.of(blob, algorithm)
        let begun = try await send("POST", "/v2/\(name)/blobs/uploads/", body: [])
        let location = begun["location"] ?? ""
        let separator = location.contains("?") ? "&" : "?"
        let done = try await send("PUT", "\(location)\(separator)digest=\(digest)", body: blob)
        guard done.status == 201 else { throw UnexpectedStatus(response: done) }
        return digest
    }

    /// Pushes an image manifest with one configuration and some layers.
    /// - Returns: the manifest and its digest.
    @discardableResult
    package func pushImage(
        to name: String,
        reference: String? = nil,
        layers: [[UInt8]] = [],
        extra: String = ""
    ) async throws -> (manifest: [UInt8], digest: Digest) {
        let configuration = Array("{}".utf8)
        try await push(configuration, to: name)
        for layer in layers { try await push(layer, to: name) }
        let manifest = Self.manifest(configuration: configuration, layers: layers, extra: extra)
        let digest = Digest.of(manifest)
        let response = try await send(
            "PUT",
            "/v2/\(name)/manifests/\(reference ?? digest.description)",
            headers: [("Content-Type", MediaType.ociManifest.description)],
            body: manifest
        )
        guard response.status == 201 else { throw UnexpectedStatus(response: response) }
        return (manifest, digest)
    }

    /// The text of an OCI image manifest.
    /// - Parameter extra: further members, with a comma before each.
    package static func manifest(configuration: [UInt8], layers: [[UInt8]], extra: String = "") -> [UInt8] {
        func descriptor(_ blob: [UInt8], _ type: String) -> String {
            #"{"mediaType":"\#(type)","digest":"\#(Digest.of(blob))","size":\#(blob.count)}"#
        }
        let layers = layers.map { descriptor($0, "application/vnd.oci.image.layer.v1.tar") }.joined(separator: ",")
        let config = descriptor(configuration, "application/vnd.oci.image.config.v1+json")
        return Array(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest)","config":\#(config),"layers":[\#(layers)]\#(extra)}"#
                .utf8
        )
    }
}

/// A response that a helper of the tests did not expect.
package struct UnexpectedStatus: Error, CustomStringConvertible {
    package let response: WireResponse

    package init(response: WireResponse) { self.response = response }

    package var description: String { "\(response.status) \(response.text)" }
}

extension Digest {
    /// The digest of bytes.
    package static func of(_ bytes: [UInt8], _ algorithm: DigestAlgorithm = .sha256) -> Digest {
        var hasher = ContentHasher(algorithm)
        bytes.withUnsafeBytes { hasher.update($0) }
        return hasher.digest
    }
}
