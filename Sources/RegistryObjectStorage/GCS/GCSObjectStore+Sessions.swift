//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

/// Uploads that can be resumed: where a connection breaks, only what the store has not got is sent again.
///
/// Source: Cloud Storage documentation, "Perform resumable uploads".
extension GCSObjectStore {
    /// Puts an object in one session.
    /// - Returns: its generation.
    func resumable(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark, as request: BackendRequest)
        async throws(ObjectStoreError) -> String
    {
        var call = Call("POST", "/upload" + path())
        call.query = [("name", key), ("uploadType", "resumable")]
        call.headers = [("x-upload-content-type", Self.contentType), ("x-upload-content-length", "\(content.count)")]
        call.setJSON(Self.resource(mark))
        let answer = try await send(.begin, call)
        guard let address = answer["Location"] else {
            throw ObjectStoreError(.failed, status: answer.status, "a session without an address")
        }
        return try await finish(address, content, from: 0, as: request)
    }

    /// Sends the end of an object to a session.
    /// - Parameters:
    ///   - content: all that the session has not got, or more: from `start`.
    ///   - start: of the content's first byte in the object.
    /// - Returns: the object's generation.
    private func finish(_ address: String, _ content: ObjectBytes, from start: Int64, as request: BackendRequest)
        async throws(ObjectStoreError) -> String
    {
        guard isOwn(address) else { throw ObjectStoreError(.failed, "a session at another server") }
        let total = start + content.count
        return try await governor.run(request) { this throws(ObjectStoreError) in
            var offset = start
            if this.number > 0 {
                switch try await progress(address, total, this) {
                case .complete(let generation): return generation
                case .received(let count): offset = count
                }
                guard (start...total).contains(offset) else {
                    throw ObjectStoreError(.failed, "the session has \(offset) bytes, of \(start) to \(total)")
                }
            }
            var rest = content
            _ = rest.take(offset - start)
            let range = rest.count > 0 ? "\(offset)-\(total - 1)/\(total)" : "*/\(total)"
            let answer = try await http.send(Self.message(address, range, rest), this)
            // Less than was sent has arrived.
            if answer.status == 308 { throw ObjectStoreError(.transient(.wrongLength), status: 308) }
            if let error = GCSFailure.error(answer) { throw error }
            let facts = try Self.facts(try document(answer))
            guard facts.size == total else {
                throw ObjectStoreError(.failed, "\(facts.size) bytes are there, of \(total) that were put")
            }
            return facts.version
        }
    }

    private enum Progress {
        case complete(generation: String)
        case received(Int64)
    }

    /// The address is the credential.
    private static func message(_ address: String, _ range: String, _ body: ObjectBytes = .init()) -> BackendMessage {
        var message = BackendMessage("PUT", address, headers: [("content-range", "bytes \(range)")], body: body)
        message.hidesPath = true
        return message
    }

    private func progress(
        _ address: String,
        _ total: Int64,
        _ attempt: BackendTry
    ) async throws(ObjectStoreError) -> Progress {
        let answer = try await http.send(Self.message(address, "*/\(total)"), attempt)
        if answer.status == 308 { return .received(Self.received(answer["Range"])) }
        if let error = GCSFailure.error(answer) { throw error }
        return .complete(generation: try Self.facts(try document(answer)).version)
    }

    /// `bytes=0-42`: the bytes that have arrived.
    static func received(_ range: String?) -> Int64 {
        guard let range, range.hasPrefix("bytes=0-"), let last = Int64(range.dropFirst(8)), last >= 0 else { return 0 }
        return last + 1
    }

    /// Addresses of sessions stand in the bucket too, so they are no reason to send anything elsewhere.
    private func isOwn(_ address: String) -> Bool {
        if address.hasPrefix(settings.base + "/") { return true }
        guard settings.scheme == "https", settings.authority.hasSuffix(".googleapis.com"),
            address.hasPrefix("https://")
        else { return false }
        let authority = address.dropFirst(8).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        return authority.hasSuffix(".googleapis.com") && authority.allSatisfy { $0.isASCII && $0 != "@" && $0 != "\\" }
    }

    // MARK: Distribution's

    // While an upload is under way, distribution has an object at its key that tells the session which has the first
    // bytes, how many these are, and has the rest of what was received as its content.

    private static let sessionID = "session"

    static func isSession(_ upload: MultipartUpload) -> Bool { upload.id == sessionID }

    /// The upload at a key, as one in parts: that of the session, and the rest.
    func session(at key: String) async throws(ObjectStoreError) -> MultipartUpload? {
        let document: StrictJSON
        do throws(ObjectStoreError) { document = try await facts(key) } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        guard document["contentType"]?.string == Self.sessionType else { return nil }
        return MultipartUpload(key, id: Self.sessionID)
    }

    private func described(_ upload: MultipartUpload) async throws(ObjectStoreError) -> (
        address: String?, offset: Int64, rest: Int64
    ) {
        let document = try await facts(upload.key)
        guard document["contentType"]?.string == Self.sessionType else {
            throw ObjectStoreError(.notFound, "no upload of distribution any more")
        }
        let metadata = document["metadata"]
        let address = metadata?["Session-URI"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let offset = metadata?["Offset"]?.string.flatMap { Int64($0) } ?? 0
        guard offset >= 0, offset == 0 || address != nil else {
            throw ObjectStoreError(.failed, "an upload of distribution that tells no session")
        }
        return (address, offset, try Self.facts(document).size)
    }

    func sessionParts(_ upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart] {
        let (_, offset, rest) = try await described(upload)
        return [(1, offset), (2, rest)].filter { $0.1 > 0 }.map { UploadedPart($0.0, tag: Self.sessionID, size: $0.1) }
    }

    /// Makes what was received an object, in place of the one that tells of it.
    func finishSession(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        let (address, offset, _) = try await described(upload)
        let received = try await governor.collect { () throws(ObjectStoreError) in
            let answer = try await stream(.get, Call("GET", plainPath(upload.key)))
            return try answer.reading { ObjectFacts(size: $0, version: "") }
        }
        let rest = ObjectBytes([received])
        guard let address, offset > 0 else {
            // The session was never given anything.
            return try await put(upload.key, rest, .none)
        }
        _ = try await finish(address, rest, from: offset, as: .complete)
    }
}
