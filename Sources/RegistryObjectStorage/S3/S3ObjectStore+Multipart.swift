//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import RegistryTelemetry

extension S3ObjectStore {
    package func begin(_ key: String, _ mark: ObjectMark) async throws(ObjectStoreError) -> MultipartUpload {
        var call = Call("POST", key)
        call.query = [("uploads", "")]
        call.headers = objectHeaders(mark)
        let answer = try await send(.begin, call)
        guard let id = XMLElement(answer.body)?.text("UploadId"), !id.isEmpty else {
            throw ObjectStoreError(.failed, status: answer.status, "an upload without an id")
        }
        return MultipartUpload(key, id: id, begun: clock.now)
    }

    package func putPart(_ number: Int, of upload: MultipartUpload, _ content: ObjectBytes)
        async throws(ObjectStoreError) -> UploadedPart
    {
        var call = Call("PUT", upload.key)
        call.query = [("partNumber", "\(number)"), ("uploadId", upload.id)]
        call.body = content
        let answer = try await send(.part, call)
        guard let tag = answer["ETag"] else { throw ObjectStoreError(.failed, "a part without an entity tag") }
        return UploadedPart(number, tag: tag, size: content.count)
    }

    package func copyPart(
        _ number: Int,
        of upload: MultipartUpload,
        from source: String,
        _ range: Range<Int64>?,
        size: Int64
    ) async throws(ObjectStoreError) -> UploadedPart {
        var call = Call("PUT", upload.key)
        call.query = [("partNumber", "\(number)"), ("uploadId", upload.id)]
        call.headers = [copySource(source)]
        if let range {
            let bytes = "bytes=\(range.lowerBound)-\(range.upperBound - 1)"
            call.headers.append((settings.dialect.field("copy-source-range"), bytes))
        }
        let answer = try await send(.partCopy, call)
        guard let tag = XMLElement(answer.body)?.text("ETag") else {
            throw ObjectStoreError(.failed, status: answer.status, "a part without an entity tag")
        }
        return UploadedPart(number, tag: tag, size: size)
    }

    package func complete(_ upload: MultipartUpload, _ parts: [UploadedPart]) async throws(ObjectStoreError) {
        let list = parts.map { part in
            "<Part><PartNumber>\(part.number)</PartNumber><ETag>\(xmlEscaped(part.tag))</ETag></Part>"
        }.joined()
        let document =
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list)</CompleteMultipartUpload>"
        var call = Call("POST", upload.key)
        call.query = [("uploadId", upload.id)]
        call.headers = [("content-type", "application/xml")]
        call.body = ObjectBytes([ByteBuffer(string: document)])
        do throws(ObjectStoreError) { _ = try await send(.complete, call) } catch {
            // A try before this one may have succeeded without an answer; the upload is gone then, and the object there.
            guard error.code == .notFound else { throw error }
            let size = parts.reduce(0) { $0 + $1.size }
            guard let facts = try? await head(upload.key), facts.size == size else { throw error }
        }
    }

    package func abort(_ upload: MultipartUpload) async throws(ObjectStoreError) {
        var call = Call("DELETE", upload.key)
        call.query = [("uploadId", upload.id)]
        do throws(ObjectStoreError) { _ = try await send(.abort, call) } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    package func uploads(under prefix: String, after marker: String?) async throws(ObjectStoreError) -> MultipartPage {
        var call = Call("GET", nil)
        call.query = [("uploads", ""), ("prefix", prefix), ("encoding-type", "url")]
        // The key and the id of the last, with a character between that neither has.
        if let marker {
            let parts = marker.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            call.query.append(("key-marker", String(parts[0])))
            if parts.count > 1, !parts[1].isEmpty { call.query.append(("upload-id-marker", String(parts[1]))) }
        }
        let answer = try await send(.uploads, call)
        guard let document = XMLElement(answer.body), document.name == "ListMultipartUploadsResult" else {
            throw ObjectStoreError(.failed, status: answer.status, "no list of uploads")
        }
        let isEncoded = document.text("EncodingType") == "url"
        func key(_ text: String) -> String { isEncoded ? PercentCoding.decode(text) : text }
        var page = MultipartPage()
        page.uploads = document.all("Upload").compactMap { upload in
            guard let name = upload.text("Key"), let id = upload.text("UploadId") else { return nil }
            let begun = upload.text("Initiated").flatMap { WallTime(rfc3339: $0.utf8) }
            return MultipartUpload(key(name), id: id, begun: begun)
        }.filter { $0.key.utf8.starts(with: prefix.utf8) }
        if document.text("IsTruncated") == "true", let next = document.text("NextKeyMarker"), !next.isEmpty {
            page.next = key(next) + "\n" + (document.text("NextUploadIdMarker") ?? "")
        }
        return page
    }

    package func parts(of upload: MultipartUpload) async throws(ObjectStoreError) -> [UploadedPart] {
        var parts: [UploadedPart] = []
        var marker: String?
        repeat {
            var call = Call("GET", upload.key)
            call.query = [("uploadId", upload.id)]
            if let marker { call.query.append(("part-number-marker", marker)) }
            let answer = try await send(.parts, call)
            guard let document = XMLElement(answer.body) else {
                throw ObjectStoreError(.failed, status: answer.status, "no list of parts")
            }
            for part in document.all("Part") {
                guard let number = part.text("PartNumber").flatMap({ Int($0) }), let tag = part.text("ETag"),
                    let size = part.text("Size").flatMap({ Int64($0) })
                else { continue }
                parts.append(UploadedPart(number, tag: tag, size: size))
            }
            marker = document.text("IsTruncated") == "true" ? document.text("NextPartNumberMarker") : nil
        } while marker != nil
        return parts.sorted { $0.number < $1.number }
    }
}
