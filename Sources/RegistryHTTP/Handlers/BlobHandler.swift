//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// `/v2/<name>/blobs/<digest>`.
struct BlobHandler: Sendable {
    let blobs: BlobStore

    /// Up to this, content is read into memory and sent with the head in one write.
    private static let smallContent: Int64 = 256 << 10

    func head(_ digest: Digest, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        request.record.digest = digest
        if let redirect = try await redirect(digest, in: name, isHead: true, &request) { return redirect }
        let size = try await blobs.size(of: digest, in: name)
        request.pulls(.blob(Self.descriptor(digest, size)), in: name)
        if EntityTag.matches(request.headers[.ifNoneMatch], digest) {
            return Reply(304, headers: Self.headers(digest), body: .none)
        }
        return Reply(200, headers: Self.headers(digest), body: .length(size))
    }

    /// Never a 200 before the content is open.
    func get(_ digest: Digest, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        request.record.digest = digest
        if let redirect = try await redirect(digest, in: name, isHead: false, &request) { return redirect }
        let content = try await blobs.open(digest, in: name)
        request.pulls(.blob(Self.descriptor(digest, content.size)), in: name)
        var headers = Self.headers(digest)
        if EntityTag.matches(request.headers[.ifNoneMatch], digest) {
            content.close()
            return Reply(304, headers: headers, body: .none)
        }
        switch range(digest, request, size: content.size) {
        case .whole:
            return Reply(200, headers: headers, body: try await body(0..<content.size, of: content, digest, in: name))
        case .part(let range):
            headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(content.size)"
            return Reply(206, headers: headers, body: try await body(range, of: content, digest, in: name))
        case .unsatisfiable:
            content.close()
            var error = RegistryError(.rangeInvalid, detail: "the blob has \(content.size) bytes")
            error.contentSize = content.size
            throw error
        }
    }

    /// The answer that sends a client to the storage, with 307 as distribution does.
    private func redirect(
        _ digest: Digest,
        in name: RepositoryName,
        isHead: Bool,
        _ request: inout APIRequest
    ) async throws(RegistryError) -> Reply? {
        let asking = RedirectRequest(isHead: isHead, client: request.client)
        guard let location = try await blobs.location(of: digest, in: name, for: asking) else { return nil }
        if !isHead { request.record.redirectedBytes = location.size }
        // Good for minutes, so nobody may keep it.
        let headers: HTTPFields = [
            .location: location.url, .contentDigest: digest.description, .cacheControl: "no-store",
        ]
        return Reply(307, headers: headers)
    }

    private func body(
        _ range: Range<Int64>,
        of content: any StoredContent,
        _ digest: Digest,
        in name: RepositoryName
    ) async throws(RegistryError) -> Reply.Body {
        content.expect(upTo: range.upperBound)
        guard range.count <= Self.smallContent else { return .content(content, range) }
        defer { content.close() }
        return .buffer(try await blobs.read(range, of: content, digest, in: name))
    }

    func delete(_ digest: Digest, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        request.record.digest = digest
        try await blobs.delete(digest, in: name, by: request.origin)
        return Reply(202)
    }

    /// `Range`, unless `If-Range` asks for another version than there is (RFC 9110 §13.1.5).
    private func range(_ digest: Digest, _ request: APIRequest, size: Int64) -> ByteRange {
        guard let header = request.headers[.range] else { return .whole }
        if let condition = request.headers[.ifRange], condition != EntityTag.text(digest) { return .whole }
        return ByteRange(header: header, size: size)
    }

    private static func descriptor(_ digest: Digest, _ size: Int64) -> Descriptor {
        Descriptor(mediaType: .octetStream, digest: digest, size: size)
    }

    private static func headers(_ digest: Digest) -> HTTPFields {
        [
            .contentType: MediaType.octetStream.description,
            .contentDigest: digest.description,
            .eTag: EntityTag.text(digest),
            .acceptRanges: "bytes",
            .cacheControl: "max-age=31536000",
        ]
    }
}
