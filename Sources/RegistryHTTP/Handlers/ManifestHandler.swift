//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import HTTPTypes
import NIOCore
import RegistryAuth
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// `/v2/<name>/manifests/<reference>`.
struct ManifestHandler: Sendable {
    let manifests: ManifestStore
    let tags: TagStore
    let space: SpaceGuard
    let limits: Limits

    /// Tags that one push by digest may set.
    private static let maximumTags = 100

    /// - Parameter isHead: whether only the head is asked for, as by clients that leave out pushing what is there.
    func get(
        _ reference: Reference,
        in name: RepositoryName,
        isHead: Bool,
        _ request: inout APIRequest
    ) async throws(RegistryError) -> Reply {
        let found =
            isHead ? try await manifests.find(reference, in: name) : try await manifests.get(reference, in: name)
        let manifest = found.manifest
        request.record.digest = manifest.digest
        request.record.cache = found.cache
        // A repository may know content under two digests; the client is told the one it asked for.
        let digest = if case .digest(let asked) = reference { asked } else { manifest.digest }
        var headers = HTTPFields()
        // With room for what every answer has, so that it is not made twice.
        headers.reserveCapacity(12)
        headers.append(HTTPField(name: .contentType, value: manifest.facts.mediaType.description))
        headers.append(HTTPField(name: .contentDigest, value: digest.description))
        headers.append(HTTPField(name: .eTag, value: EntityTag.text(digest)))
        if EntityTag.matches(request.headers[.ifNoneMatch], digest) { return Reply(304, headers: headers, body: .none) }
        if let subject = manifest.facts.subject { headers[.ociSubject] = subject.digest.description }
        request.pulls(.manifest(manifest.descriptor, tag: reference.tag), in: name, manifest: manifest.bytes)
        return Reply(200, headers: headers, body: .buffer(manifest.bytes))
    }

    func put(_ reference: Reference, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        let names = request.query.all("tag")
        guard names.count <= Self.maximumTags else {
            throw RegistryError(.tagInvalid, status: 414, detail: "at most \(Self.maximumTags) tags can be set at once")
        }
        var tags = try names.map { text throws(RegistryError) in try Tag(text) }
        var expected: Digest?
        switch reference {
        case .tag(let tag): tags.insert(tag, at: 0)
        case .digest(let digest): expected = digest
        }
        try await space.admit(request.body.declaredLength ?? 0)
        let body = try await receive(&request)
        let grant = request.grant
        let push = ManifestStore.Push(
            bytes: body,
            mediaType: request.headers[.contentType].map { MediaType($0) },
            expected: expected,
            tags: tags,
            fixedTags: Set(tags.filter { grant.isImmutable($0, in: name) }),
            origin: request.origin
        )
        let manifest = try await manifests.put(push, in: name)
        request.record.digest = manifest.digest
        var headers: HTTPFields = [
            .location: request.links.manifest(name, manifest.digest),
            .contentDigest: manifest.digest.description,
        ]
        if let subject = manifest.facts.subject { headers[.ociSubject] = subject.digest.description }
        for tag in names { headers.append(HTTPField(name: .ociTag, value: tag)) }
        return Reply(201, headers: headers)
    }

    private func receive(_ request: inout APIRequest) async throws(RegistryError) -> ByteBuffer {
        let span = OpenSpan.begin()
        defer { span?.end(.upload(.receive, bytes: request.body.received)) }
        do {
            return try await request.body.collect(upTo: limits.settings.manifestBytes)
        } catch {
            throw self.error(error, request.record)
        }
    }

    func delete(_ reference: Reference, in name: RepositoryName, _ request: inout APIRequest)
        async throws(RegistryError) -> Reply
    {
        switch reference {
        case .tag(let tag):
            if request.grant.isImmutable(tag, in: name) { throw .tagImmutable(tag) }
            try await tags.delete(tag, in: name, by: request.origin)
        case .digest(let digest):
            request.record.digest = digest
            let grant = request.grant
            let origin = request.origin
            try await manifests.delete(digest, in: name, tags: tags, by: origin) { grant.isImmutable($0, in: name) }
        }
        return Reply(202)
    }

    private func error(_ failure: BodyFailure, _ record: RequestRecord) -> RegistryError {
        guard case .tooLarge = failure else { return failure.registryError }
        limits.note(.manifestSize, record.remoteAddress)
        return RegistryError(
            .manifestInvalid,
            status: 413,
            detail: "a manifest has at most \(limits.settings.manifestBytes) bytes"
        )
    }
}

extension BodyFailure {
    /// What the client gets, if it is still there.
    var registryError: RegistryError {
        switch self {
        case .aborted(let cause):
            RegistryError(.requestInvalid, status: 499, detail: "the body did not come to its end", cause: cause)
        case .malformed(let cause):
            RegistryError(.requestInvalid, detail: "the body is not framed as HTTP/1.1 has it", cause: cause)
        case .slow:
            RegistryError(.requestInvalid, status: 408, detail: "the body took too long")
        case .belowPace:
            RegistryError(.requestInvalid, status: 408, detail: "the body came too slowly")
        case .tooLarge:
            RegistryError(.sizeInvalid, status: 413, detail: "the body is too large")
        }
    }
}

/// The `ETag` of content, and `If-None-Match` (RFC 9110 §8.8.3, §13.1.2).
///
/// Content is immutable under its digest, so the digest is the tag.
enum EntityTag {
    static func text(_ digest: Digest) -> String {
        var text = ""
        text.reserveCapacity(digest.description.utf8.count + 2)
        text += "\""
        text += digest.description
        text += "\""
        return text
    }

    /// Compares weakly; a digest without quotes, as older clients send it, matches too.
    static func matches(_ header: String?, _ digest: Digest) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { item in
            let tag = item.drop { $0 == " " }.prefix { $0 != " " }
            let opaque = tag.hasPrefix("W/") ? tag.dropFirst(2) : tag
            return opaque == "*" || opaque == text(digest) || opaque == digest.description
        }
    }
}
