//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry

extension SwiftObjectStore {
    package func begin(_ key: String, _ mark: ObjectMark) async throws(ObjectStoreError) -> MultipartUpload {
        // Nothing to ask for: the first segment makes it one.
        MultipartUpload(key, id: UploadName.make(begun: .now, mark), begun: .now)
    }

    /// The key of a segment: that of the object, the upload's id, and the number.
    private func segment(_ number: Int, _ upload: MultipartUpload) -> String {
        "\(settings.segments)\(upload.key)/\(upload.id)/\(UploadName.padded(String(number), 5))"
    }

    package func putPart(_ number: Int, of upload: MultipartUpload, _ content: ObjectBytes)
        async throws(ObjectStoreError) -> UploadedPart
    {
        var call = Call("PUT", segment(number, upload))
        call.headers = objectHeaders(.none)
        call.body = content
        return try part(number, try await send(.part, call), size: content.count)
    }

    package func copyPart(
        _ number: Int,
        of upload: MultipartUpload,
        from source: String,
        _ range: Range<Int64>?,
        size: Int64
    ) async throws(ObjectStoreError) -> UploadedPart {
        var call = copyCall(source, to: segment(number, upload), .none)
        if let range { call.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        return try part(number, try await send(.partCopy, call), size: size)
    }

    private func part(_ number: Int, _ answer: BackendAnswer, size: Int64) throws(ObjectStoreError) -> UploadedPart {
        guard let tag = answer["ETag"] else { throw ObjectStoreError(.failed, "a segment without an entity tag") }
        return UploadedPart(number, tag: tag.filter { $0 != "\"" }, size: size)
    }

    /// Puts the manifest, for which the server looks at each segment's size and entity tag.
    package func complete(_ upload: MultipartUpload, _ parts: [UploadedPart]) async throws(ObjectStoreError) {
        let segments = parts.map { part in
            JSONText.object([
                ("path", .string("/\(settings.container)/\(segment(part.number, upload))")),
                ("etag", .string(part.tag)), ("size_bytes", .number(part.size)),
            ])
        }
        let replaced: LargeObject?
        do throws(ObjectStoreError) { replaced = try await largeObject(upload.key) } catch {
            guard error.code == .notFound else { throw error }
            replaced = nil
        }
        var call = Call("PUT", upload.key)
        call.query = [("multipart-manifest", "put")]
        call.headers = objectHeaders(UploadName.mark(upload.id)) + [(Self.upload, upload.id)]
        call.body = ObjectBytes([ByteBuffer(string: JSONText.array(segments).text)])
        _ = try await send(.complete, call)
        if let replaced { try await remove(without(upload, replaced)) }
    }

    /// Asked for again, the manifest that was replaced may be the same.
    private func without(_ upload: MultipartUpload, _ parts: LargeObject) -> LargeObject {
        guard case .segments(let keys) = parts else { return parts }
        return .segments(keys.filter { !$0.contains("/\(upload.id)/") })
    }

    package func abort(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        try await remove(.prefix("\(settings.segments)\(upload.key)/\(upload.id)/"))
    }

    /// Segments whose object is not there, or is another one.
    package func uploads(under prefix: String, after marker: String?) async throws(ObjectStoreError) -> MultipartPage {
        let listing = ObjectListing(settings.segments + prefix, token: marker, limit: bounds.listKeys)
        let listed = try await listed(.uploads, listing)
        var seen: [MultipartUpload] = []
        for object in listed.objects {
            let parts = object.key.dropping(settings.segments).split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count >= 3 else { continue }
            let id = String(parts[parts.count - 2])
            let key = parts.dropLast(2).joined(separator: "/")
            let upload = MultipartUpload(key, id: id, begun: UploadName.begun(id))
            if seen.last != upload { seen.append(upload) }
        }
        let isOpen = try await concurrently(seen, Self.deletesInFlight) { upload throws(ObjectStoreError) in
            do throws(ObjectStoreError) {
                return try await send(.head, Call("HEAD", upload.key))[Self.upload] != upload.id
            } catch {
                guard error.code == .notFound else { throw error }
                return true
            }
        }
        var page = MultipartPage()
        page.uploads = zip(seen, isOpen).filter(\.1).map(\.0)
        page.next = listed.next
        return page
    }

    package func parts(of upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart] {
        let prefix = "\(settings.segments)\(upload.key)/\(upload.id)/"
        var listing = ObjectListing(prefix, limit: bounds.listKeys)
        var parts: [UploadedPart] = []
        repeat {
            let page = try await listed(.parts, listing)
            for object in page.objects {
                guard let number = Int(object.key.dropping(prefix)) else { continue }
                let answer = try await send(.head, Call("HEAD", object.key))
                parts.append(try part(number, answer, size: object.size))
            }
            listing.token = page.next
        } while listing.token != nil
        return parts.sorted { $0.number < $1.number }
    }
}
