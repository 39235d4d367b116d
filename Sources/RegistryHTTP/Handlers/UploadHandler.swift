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

/// `/v2/<name>/blobs/uploads/` and `/v2/<name>/blobs/uploads/<id>`.
struct UploadHandler: Sendable {
    let uploads: UploadStore
    let blobs: BlobStore
    let space: SpaceGuard
    let limits: Limits
    let instruments: Instruments
    /// `http.secret`, which signs the addresses of uploads.
    let secret: String

    // MARK: Beginning

    /// Mounts a blob, takes a whole one, or begins an upload.
    func post(in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError) -> Reply {
        if let mount = request.query["mount"], let reply = try await self.mount(mount, in: name, &request) {
            return reply
        }
        guard let text = request.query["digest"] else {
            let id = try await uploads.begin(in: name, at: request.record.start)
            request.record.uploadID = id
            return Reply(202, headers: progress(id, in: name, offset: 0, request))
        }
        let digest = try Digest(text)
        request.record.digest = digest
        try await space.admit(request.body.declaredLength ?? 0)
        let id = try await uploads.begin(in: name, at: request.record.start)
        request.record.uploadID = id
        do {
            return try await complete(id, in: name, digest, &request)
        } catch {
            // The client was never told the upload's name, so nobody can go on with it.
            try? await uploads.cancel(id, in: name)
            var error = error
            error.uploadOffset = nil
            throw error
        }
    }

    /// - Returns: nil where there is nothing to mount, and an upload begins instead.
    private func mount(
        _ text: String,
        in name: RepositoryName,
        _ request: inout APIRequest
    ) async throws(RegistryError) -> Reply? {
        let digest = try Digest(text)
        let source = try request.query["from"].flatMap { $0.isEmpty ? nil : $0 }.map { text throws(RegistryError) in
            try RepositoryName(text)
        }
        // Who may not read the blob where it is gets an upload, as if it were not there.
        let mayPull = source.map { request.grant.mayPull($0) } ?? request.grant.mayPullEverywhere
        guard mayPull else { return nil }
        let isMounted =
            if let source { try await blobs.mount(digest, from: source, to: name, by: request.origin) } else {
                try await blobs.mount(digest, to: name, by: request.origin)
            }
        guard isMounted else { return nil }
        request.record.digest = digest
        return created(digest, in: name, request)
    }

    // MARK: Going on

    /// Takes a chunk: one in order, or a stream without a range.
    func patch(_ id: UploadID, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        request.record.uploadID = id
        try await space.admit(request.body.declaredLength ?? 0)
        var session = try await uploads.resume(id, in: name, .sha256)
        try checkOrder(session.offset, of: id, in: name, request)
        do {
            try await receive(into: &session, &request)
        } catch {
            throw await suspended(session, of: id, in: name, after: error)
        }
        let offset = try await session.suspend()
        return Reply(202, headers: progress(id, in: name, offset: offset, request))
    }

    /// Takes the last chunk, which may be empty, and makes the upload a blob.
    func put(_ id: UploadID, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError) -> Reply
    {
        request.record.uploadID = id
        guard let text = request.query["digest"] else {
            throw .digestInvalid("the request that ends an upload needs ?digest=")
        }
        let digest = try Digest(text)
        request.record.digest = digest
        try await space.admit(request.body.declaredLength ?? 0)
        return try await complete(id, in: name, digest, &request)
    }

    private func complete(
        _ id: UploadID,
        in name: RepositoryName,
        _ digest: Digest,
        _ request: inout APIRequest
    ) async throws(RegistryError) -> Reply {
        var session = try await uploads.resume(id, in: name, digest.algorithm)
        try checkOrder(session.offset, of: id, in: name, request)
        do {
            try await receive(into: &session, &request)
        } catch {
            throw await suspended(session, of: id, in: name, after: error)
        }
        _ = try await session.commit(expecting: digest, by: request.origin)
        return created(digest, in: name, request)
    }

    /// Moves the body into the upload, one batch being hashed and written while the next one is received.
    private func receive(into session: inout UploadSession, _ request: inout APIRequest) async throws(RegistryError) {
        try limits.checkBlob(session.offset.addingClamped(request.body.declaredLength ?? 0), request.record)
        let start = MonotonicTime.now
        let span = OpenSpan.begin()
        defer {
            span?.end(.upload(.receive, bytes: request.body.received))
            instruments.uploadStages[.receive].record(request.body.waited, by: span?.exemplarOrigin)
            instruments.streamTime[.write].record(MonotonicTime.now - start)
        }
        var unchecked: Int64 = 0
        while true {
            let batch: ByteBuffer?
            do {
                batch = try await request.body.nextBatch()
            } catch {
                throw error.registryError
            }
            guard let batch else { return }
            // A body that did not say how long it is.
            try limits.checkBlob(session.offset.addingClamped(Int64(batch.readableBytes)), request.record)
            try await session.append(batch)
            // As it goes: an upload that takes hours is none that is stuck.
            instruments.streamBytes[.write].add(Int64(batch.readableBytes))
            unchecked += Int64(batch.readableBytes)
            // A length that was declared has been admitted whole; a stream is admitted as it goes.
            if request.body.declaredLength == nil, unchecked > Self.admissionInterval {
                unchecked = 0
                try await space.admit(0)
            }
        }
    }

    private static let admissionInterval: Int64 = 16 << 20

    /// Keeps what an upload has after its request failed, and adds to the error from where it goes on.
    private func suspended(
        _ session: consuming UploadSession,
        of id: UploadID,
        in name: RepositoryName,
        after error: RegistryError
    ) async -> RegistryError {
        var error = error
        do {
            error.uploadOffset = try await session.suspend()
        } catch {
            // Writing had failed: the upload ends where the storage says it does.
        }
        if error.uploadOffset == nil { error.uploadOffset = try? await uploads.offset(of: id, in: name) }
        return error
    }

    /// A chunk must start where the upload stands; one that says so, or whose address says so, and does not, is refused
    /// with the upload kept.
    private func checkOrder(
        _ offset: Int64,
        of id: UploadID,
        in name: RepositoryName,
        _ request: APIRequest
    ) throws(RegistryError) {
        if let header = request.headers[.contentRange] {
            let range = try ChunkRange(header: header)
            guard range.start == offset else { throw .outOfOrder(offset: offset) }
            if let length = request.body.declaredLength, length != range.count {
                throw RegistryError(
                    .sizeInvalid,
                    detail: "Content-Range has \(range.count) bytes, Content-Length \(length)"
                )
            }
        } else if let state = request.query["_state"],
            let believed = UploadState.offset(in: state, of: id, in: name, secret: secret),
            believed != offset, request.body.declaredLength != 0
        {
            throw .outOfOrder(offset: offset)
        }
    }

    // MARK: Asking and ending

    func status(_ id: UploadID, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        request.record.uploadID = id
        let offset = try await uploads.offset(of: id, in: name)
        return Reply(204, headers: progress(id, in: name, offset: offset, request), body: .none)
    }

    func cancel(_ id: UploadID, in name: RepositoryName, _ request: inout APIRequest) async throws(RegistryError)
        -> Reply
    {
        request.record.uploadID = id
        try await uploads.cancel(id, in: name)
        return Reply(204, headers: [.uploadUUID: id.description], body: .none)
    }

    // MARK: Answers

    private func progress(_ id: UploadID, in name: RepositoryName, offset: Int64, _ request: APIRequest) -> HTTPFields {
        let state = UploadState(name: name.description, id: id.description, offset: offset)
            .signed(with: secret, startedAt: request.record.start.secondsDescription)
        return [
            .location: request.links.upload(name, id, state: state),
            .range: UploadRange.text(offset),
            .uploadUUID: id.description,
        ]
    }

    private func created(_ digest: Digest, in name: RepositoryName, _ request: APIRequest) -> Reply {
        var headers: HTTPFields = [
            .location: request.links.blob(name, digest),
            .contentDigest: digest.description,
        ]
        if let id = request.record.uploadID { headers[.uploadUUID] = id.description }
        return Reply(201, headers: headers)
    }
}

extension Int64 {
    /// A length that a client declared may be any number.
    fileprivate func addingClamped(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
