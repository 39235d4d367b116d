//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry

extension SwiftObjectStore {
    package func list(_ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage {
        var page = try await listed(.list, listing)
        // Manifests of dynamic large objects are listed without their size.
        let empty = page.objects.indices.filter { page.objects[$0].size == 0 }
        guard !empty.isEmpty else { return page }
        let keys = empty.map { page.objects[$0].key }
        let sizes = try await concurrently(keys, Self.deletesInFlight) { key throws(ObjectStoreError) -> Int64? in
            do throws(ObjectStoreError) { return try await head(key).size } catch {
                guard error.code == .notFound else { throw error }
                return nil
            }
        }
        for (place, size) in zip(empty, sizes) { page.objects[place].size = size ?? 0 }
        return page
    }

    func listed(_ request: BackendRequest, _ listing: ObjectListing) async throws(ObjectStoreError) -> ObjectPage {
        let limit = min(listing.limit, bounds.listKeys)
        var call = Call("GET", nil)
        call.query = [("format", "json"), ("prefix", listing.prefix), ("limit", "\(limit)")]
        if listing.hasFolders { call.query.append(("delimiter", "/")) }
        if let marker = listing.token ?? listing.after { call.query.append(("marker", marker)) }
        let answer: BackendAnswer
        do throws(ObjectStoreError) { answer = try await send(request, call) } catch {
            // A container that is not there yet has nothing.
            guard error.code == .notFound else { throw error }
            return ObjectPage()
        }
        var page = ObjectPage()
        var last: String?
        var count = 0
        for entry in try entries(answer) {
            count += 1
            if let folder = entry["subdir"]?.string {
                page.folders.append(folder)
                last = folder
            } else if let key = entry["name"]?.string {
                let modified = entry["last_modified"]?.string.flatMap { WallTime(rfc3339: ($0 + "Z").utf8) }
                page.objects.append(.init(key, size: Int64(entry["bytes"]?.number ?? 0), modified: modified))
                last = key
            }
        }
        if count >= limit { page.next = last }
        return page
    }

    private func entries(_ answer: BackendAnswer) throws(ObjectStoreError) -> [StrictJSON] {
        if answer.status == 204 { return [] }
        guard let content = try? StrictJSON(Array(answer.body.readableBytesView)), let entries = content.array else {
            throw ObjectStoreError(.failed, status: answer.status, "no list of objects")
        }
        return entries
    }
}
