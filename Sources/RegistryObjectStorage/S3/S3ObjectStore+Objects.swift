//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryStorage
import RegistryTelemetry

extension S3ObjectStore {
    package func head(_ key: String) async throws(ObjectStoreError) -> ObjectFacts {
        let answer = try await send(.head, Call("HEAD", key))
        guard let size = answer.length else { throw ObjectStoreError(.failed, "HEAD tells no length") }
        return facts(answer, size: size)
    }

    private func facts(_ answer: BackendAnswer, size: Int64) -> ObjectFacts {
        ObjectFacts(
            size: size,
            version: answer["ETag"] ?? "",
            mark: ObjectMark(answer[settings.dialect.mark])
        )
    }

    package func get(_ key: String, _ range: Range<Int64>?, version: String?) async throws(ObjectStoreError)
        -> ObjectReading
    {
        var call = Call("GET", key)
        if let range {
            call.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)"))
            call.headers += settings.dialect.rangeFields
        }
        if let version, !version.isEmpty { call.headers.append(("if-match", version)) }
        let answer = try await stream(.get, call)
        return try answer.reading { facts(answer, size: $0) }
    }

    package func put(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark) async throws(ObjectStoreError) {
        var call = Call("PUT", key)
        call.headers = objectHeaders(mark)
        call.body = content
        _ = try await send(.put, call)
    }

    package func copy(_ source: String, size: Int64, to target: String, _ mark: ObjectMark)
        async throws(ObjectStoreError)
    {
        var call = Call("PUT", target)
        call.headers =
            objectHeaders(mark) + [copySource(source), (settings.dialect.field("metadata-directive"), "REPLACE")]
        _ = try await send(.copy, call)
    }

    func copySource(_ key: String) -> (name: String, value: String) {
        let path = PercentCoding.encode("\(settings.endpoint.bucket)/\(key)", keepsSlashes: true)
        return (settings.dialect.field("copy-source"), "/\(path)")
    }

    package func delete(_ keys: [String]) async throws(ObjectStoreError) {
        guard let first = keys.first else { return }
        guard keys.count > 1 else {
            do throws(ObjectStoreError) { _ = try await send(.delete, Call("DELETE", first)) } catch {
                // As in a request for many.
                guard error.code == .notFound else { throw error }
            }
            return
        }
        let objects = keys.map { "<Object><Key>\(xmlEscaped($0))</Key></Object>" }.joined()
        let document =
            "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>\(objects)</Delete>"
        var call = Call("POST", nil)
        call.query = [("delete", "")]
        call.headers = [
            ("content-md5", Digesting.base64(Digesting.md5(Array(document.utf8)))), ("content-type", "application/xml"),
        ]
        call.body = ObjectBytes([ByteBuffer(string: document)])
        let answer = try await send(.delete, call)
        let failures = XMLElement(answer.body)?.all("Error").filter { $0.text("Code") != "NoSuchKey" } ?? []
        guard let failure = failures.first else { return }
        let cause = "\(failure.text("Code") ?? ""): \(failure.text("Message") ?? "")"
        throw ObjectStoreError(.failed, status: answer.status, "\(failures.count) of \(keys.count) keys: \(cause)")
    }

    package func list(_ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage {
        var call = Call("GET", nil)
        call.query = [
            ("list-type", "2"), ("prefix", listing.prefix), ("encoding-type", "url"),
            ("max-keys", "\(min(listing.limit, bounds.listKeys))"),
        ]
        if listing.hasFolders { call.query.append(("delimiter", "/")) }
        if let token = listing.token {
            call.query.append(("continuation-token", token))
        } else if let after = listing.after {
            call.query.append(("start-after", after))
        }
        let answer = try await send(.list, call)
        guard let document = XMLElement(answer.body), document.name == "ListBucketResult" else {
            throw ObjectStoreError(.failed, status: answer.status, "no list of keys")
        }
        let isEncoded = document.text("EncodingType") == "url"
        func key(_ text: String) -> String { isEncoded ? PercentCoding.decode(text) : text }
        var page = ObjectPage()
        for object in document.all("Contents") {
            guard let name = object.text("Key"), let size = object.text("Size").flatMap({ Int64($0) }) else { continue }
            let modified = object.text("LastModified").flatMap { WallTime(rfc3339: $0.utf8) }
            page.objects.append(.init(key(name), size: size, modified: modified))
        }
        page.folders = document.all("CommonPrefixes").compactMap { $0.text("Prefix").map(key) }
        if document.text("IsTruncated") == "true" {
            guard let next = document.text("NextContinuationToken"), !next.isEmpty else {
                throw ObjectStoreError(.failed, status: answer.status, "a list that goes on nowhere")
            }
            page.next = next
        }
        return page
    }

    package func signedURL(_ key: String, _ method: SignedMethod, validFor time: Duration)
        async throws(ObjectStoreError) -> String?
    {
        let credentials = try await credentials.secret(at: clock.now)
        let endpoint = settings.redirectEndpoint ?? settings.endpoint
        let request = SignatureV4.Request(method.rawValue, host: endpoint.host, path: endpoint.path(key))
        let query = signature.presignedQuery(request, credentials, at: clock.now, validFor: time)
        return endpoint.base + request.path + "?" + query
    }
}
