//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry

extension SwiftObjectStore {
    /// The metadata that tells a mark, see ``ObjectMark``, and that which tells the upload a manifest was made of.
    static let mark = "x-object-meta-\(ObjectMark.name)"
    static let upload = "x-object-meta-plimsoll-upload"

    package func head(_ key: String) async throws(ObjectStoreError) -> ObjectFacts {
        let answer = try await send(.head, Call("HEAD", key))
        guard let size = answer.length else { throw ObjectStoreError(.failed, "HEAD tells no length") }
        return facts(answer, size: size)
    }

    private func facts(_ answer: BackendAnswer, size: Int64) -> ObjectFacts {
        ObjectFacts(size: size, version: answer["ETag"] ?? "", mark: ObjectMark(answer[Self.mark]))
    }

    package func get(_ key: String, _ range: Range<Int64>?, version: String?) async throws(ObjectStoreError)
        -> ObjectReading
    {
        var call = Call("GET", key)
        if let range { call.headers.append(("range", "bytes=\(range.lowerBound)-\(range.upperBound - 1)")) }
        if let version, !version.isEmpty { call.headers.append(("if-match", version)) }
        let answer = try await stream(.get, call)
        return try answer.reading { facts(answer, size: $0) }
    }

    package func put(_ key: String, _ content: ObjectBytes, _ mark: ObjectMark) async throws(ObjectStoreError) {
        var call = Call("PUT", key)
        call.headers = objectHeaders(mark)
        call.body = content
        do throws(ObjectStoreError) { _ = try await send(.put, call) } catch {
            guard error.code == .notFound else { throw error }
            // There is no container; distribution makes it too.
            _ = try await send(.put, Call("PUT", nil))
            _ = try await send(.put, call)
        }
    }

    func objectHeaders(_ mark: ObjectMark) -> [(name: String, value: String)] {
        var headers = [(name: "content-type", value: "application/octet-stream")]
        if mark == .appended { headers.append((Self.mark, ObjectMark.value)) }
        return headers
    }

    /// Large objects become one.
    package func copy(_ source: String, size: Int64, to target: String, _ mark: ObjectMark)
        async throws(ObjectStoreError)
    {
        // What the source consists of goes when it is replaced by its copy.
        let parts = source == target ? try await largeObject(source) : nil
        _ = try await send(.copy, copyCall(source, to: target, mark))
        if let parts { try await remove(parts) }
    }

    func copyCall(_ source: String, to target: String, _ mark: ObjectMark) -> Call {
        var call = Call("PUT", target)
        call.headers =
            objectHeaders(mark) + [
                ("x-copy-from", settings.path(source)), ("x-fresh-metadata", "true"),
            ]
        return call
    }

    package func delete(_ keys: [String]) async throws(ObjectStoreError) {
        _ = try await concurrently(keys, Self.deletesInFlight) { key throws(ObjectStoreError) in try await delete(key) }
    }

    static let deletesInFlight = 16

    /// With all that it consists of.
    private func delete(_ key: String) async throws(ObjectStoreError) {
        do throws(ObjectStoreError) {
            let parts = try await largeObject(key)
            _ = try await send(.delete, Call("DELETE", key))
            if let parts { try await remove(parts) }
        } catch {
            guard error.code == .notFound else { throw error }
        }
    }

    // MARK: Large objects

    /// What an object consists of; nil for one that is no manifest.
    enum LargeObject: Sendable {
        /// The manifest tells the objects.
        case segments([String])
        /// All objects of a container whose keys begin so.
        case prefix(String)
    }

    /// - Throws: `notFound`.
    func largeObject(_ key: String) async throws(ObjectStoreError) -> LargeObject? {
        let answer = try await send(.head, Call("HEAD", key))
        if answer["X-Static-Large-Object"]?.lowercased() == "true" {
            var call = Call("GET", key)
            call.query = [("multipart-manifest", "get")]
            let manifest = try await send(.parts, call)
            let content = try? StrictJSON(Array(manifest.body.readableBytesView))
            return .segments((content?.array ?? []).compactMap { $0["name"]?.string.flatMap(own) })
        }
        guard let place = answer["X-Object-Manifest"].map(PercentCoding.decode) else { return nil }
        return own("/" + place).map { .prefix($0) }
    }

    /// The key of an object that is in this container.
    private func own(_ path: String) -> String? {
        let start = "/\(settings.container)/"
        return path.hasPrefix(start) && path.utf8.count > start.utf8.count ? path.dropping(start) : nil
    }

    func remove(_ parts: LargeObject) async throws(ObjectStoreError) {
        var keys: [String] = []
        switch parts {
        case .segments(let names): keys = names
        case .prefix(let prefix):
            var listing = ObjectListing(prefix, limit: bounds.listKeys)
            repeat {
                let page = try await listed(.list, listing)
                keys += page.objects.map(\.key)
                listing.token = page.next
            } while listing.token != nil
        }
        _ = try await concurrently(keys, Self.deletesInFlight) { key throws(ObjectStoreError) in
            do throws(ObjectStoreError) { _ = try await send(.delete, Call("DELETE", key)) } catch {
                guard error.code == .notFound else { throw error }
            }
        }
    }
}
