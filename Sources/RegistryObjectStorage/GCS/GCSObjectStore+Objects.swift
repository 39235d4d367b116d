//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry

extension GCSObjectStore {
    static let contentType = "application/octet-stream"
    /// Of an object by which distribution finds the upload that it stands for.
    static let sessionType = "application/x-docker-upload-session"

    package func head(_ key: String) async throws(ObjectStoreError) -> ObjectFacts {
        let document = try await facts(key)
        // It is no content, and will not be before the upload is complete.
        guard document["contentType"]?.string != Self.sessionType else {
            throw ObjectStoreError(.notFound, "an upload of distribution")
        }
        return try Self.facts(document)
    }

    func facts(_ key: String) async throws(ObjectStoreError) -> StrictJSON {
        var call = Call("GET", path(key))
        call.query = [("fields", "size,generation,contentType,metadata")]
        return try document(try await send(.head, call))
    }

    static func facts(_ document: StrictJSON) throws(ObjectStoreError) -> ObjectFacts {
        guard let size = document["size"]?.string.flatMap({ Int64($0) }) else {
            throw ObjectStoreError(.failed, "an object without a size")
        }
        return ObjectFacts(
            size: size,
            version: document["generation"]?.string ?? "",
            mark: ObjectMark(document["metadata"]?[ObjectMark.name]?.string)
        )
    }

    package func get(_ key: String, _ range: Range<Int64>?, version: String?) async throws(ObjectStoreError)
        -> ObjectReading
    {
        var call = Call("GET", plainPath(key))
        if let range { call.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        let isVersioned = version?.isEmpty == false
        if let version, isVersioned { call.query = [("generation", version)] }
        let answer: BackendAnswer
        do throws(ObjectStoreError) { answer = try await stream(.get, call) } catch {
            // The generation is gone, whether or not there is another.
            guard error.code == .notFound, isVersioned else { throw error }
            throw ObjectStoreError(.preconditionFailed, status: error.status, error.cause)
        }
        guard answer["Content-Type"] != Self.sessionType else {
            throw ObjectStoreError(.notFound, "an upload of distribution")
        }
        return try answer.reading { Self.facts(answer, size: $0) }
    }

    private static func facts(_ answer: BackendAnswer, size: Int64) -> ObjectFacts {
        ObjectFacts(
            size: size,
            version: answer["X-Goog-Generation"] ?? "",
            mark: ObjectMark(answer["X-Goog-Meta-\(ObjectMark.name)"])
        )
    }

    package func put(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark) async throws(ObjectStoreError) {
        _ = try await upload(key, content, mark, as: .put)
    }

    /// - Returns: the object's generation.
    func upload(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark, as request: BackendRequest)
        async throws(ObjectStoreError) -> String
    {
        if content.count > settings.resumableBytes { return try await resumable(key, content, mark, as: request) }
        var call = Call("POST", "/upload" + path())
        call.query = [("name", key)]
        if mark == .none {
            call.query.append(("uploadType", "media"))
            call.headers = [("content-type", Self.contentType)]
            call.body = content
        } else {
            call.query.append(("uploadType", "multipart"))
            (call.headers, call.body) = Self.related(Self.resource(mark), content)
        }
        let facts = try Self.facts(try document(try await send(request, call)))
        guard facts.size == content.count else {
            throw ObjectStoreError(.failed, "\(facts.size) bytes are there, of \(content.count) that were put")
        }
        return facts.version
    }

    /// What an object is to have besides its content.
    static func resource(_ mark: ObjectMark) -> JSONText {
        let metadata = mark == .appended ? [(ObjectMark.name, JSONText.string(ObjectMark.value))] : []
        return .object([
            ("contentType", .string(contentType)), ("metadata", metadata.isEmpty ? nil : .object(metadata)),
        ])
    }

    /// Facts and content in one body (RFC 2387).
    private static func related(_ resource: JSONText, _ content: ObjectBytes) -> (
        headers: [(name: String, value: String)], body: ObjectBytes
    ) {
        // So long, and drawn anew each time, that it stands in no content.
        let boundary = "plimsoll-" + GCSPartKeys.random() + GCSPartKeys.random()
        let start =
            "--\(boundary)\r\ncontent-type: application/json\r\n\r\n\(resource.text)\r\n"
            + "--\(boundary)\r\ncontent-type: \(contentType)\r\n\r\n"
        var body = ObjectBytes([ByteBuffer(string: start)])
        for buffer in content.buffers { body.append(buffer) }
        body.append(ByteBuffer(string: "\r\n--\(boundary)--\r\n"))
        return ([("content-type", "multipart/related; boundary=\(boundary)")], body)
    }

    /// The value of the metadata of an object that was copied and is not appended to: some servers take none for those
    /// of the source.
    private static let wholeMark = "whole"

    package func copy(_ source: String, size: Int64, to target: String, _ mark: ObjectMark)
        async throws(ObjectStoreError)
    {
        let value = mark == .appended ? ObjectMark.value : Self.wholeMark
        var token: String?
        // What is copied to another place or class goes in as many requests as the store wants.
        repeat {
            var call = Call("POST", path(source) + "/rewriteTo" + path(target).dropping("/storage/v1"))
            if let token { call.query = [("rewriteToken", token)] }
            call.setJSON(
                .object([
                    ("contentType", .string(Self.contentType)),
                    ("metadata", .object([(ObjectMark.name, .string(value))])),
                ])
            )
            let answer = try document(try await send(.copy, call))
            token = answer["done"]?.bool == false ? answer["rewriteToken"]?.string : nil
        } while token != nil
    }

    package func delete(_ keys: [String]) async throws(ObjectStoreError) {
        for key in keys {
            do throws(ObjectStoreError) { _ = try await send(.delete, Call("DELETE", path(key))) } catch {
                guard error.code == .notFound else { throw error }
            }
        }
    }

    package func list(_ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage {
        var page = ObjectPage()
        let found = try await resources(listing)
        for object in found.objects {
            guard let key = object["name"]?.string, let size = object["size"]?.string.flatMap({ Int64($0) }),
                key != listing.after
            else { continue }
            // An upload of distribution is no content where it is asked for by its own name; but it goes with its folder.
            if key == listing.prefix, object["contentType"]?.string == Self.sessionType { continue }
            let modified = object["updated"]?.string.flatMap { WallTime(rfc3339: $0.utf8) }
            page.objects.append(.init(key, size: size, modified: modified))
        }
        page.folders = found.folders
        page.next = found.next
        return page
    }

    /// A page of objects with their facts; the key after which they begin may be among them.
    func resources(_ listing: ObjectListing) async throws(ObjectStoreError) -> (
        objects: [StrictJSON], folders: [String], next: String?
    ) {
        var call = Call("GET", path())
        call.query = [
            ("prefix", listing.prefix), ("maxResults", "\(min(listing.limit, bounds.listKeys))"),
            ("fields", "items(name,size,updated,contentType),prefixes,nextPageToken"),
        ]
        if listing.hasFolders { call.query.append(("delimiter", "/")) }
        if let token = listing.token {
            call.query.append(("pageToken", token))
        } else if let after = listing.after {
            call.query.append(("startOffset", after))
        }
        let answer: StrictJSON
        do throws(ObjectStoreError) { answer = try document(try await send(.list, call)) } catch {
            guard error.code == .notFound else { throw error }
            throw ObjectStoreError(.failed, status: error.status, "no such bucket: \(error.cause)")
        }
        let folders = answer["prefixes"]?.array?.compactMap(\.string) ?? []
        let next = answer["nextPageToken"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        return (answer["items"]?.array ?? [], folders, next)
    }
}
