//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryModel
import RegistryStorage
import RegistryTelemetry

extension CollectionPlan {
    /// Lines as `registry garbage-collect` of distribution prints them, for each thing that goes; without those for what
    /// is marked.
    package func lines(_ body: (String) -> Void) {
        body("")
        body(
            "\(markedBlobs) blobs marked, \(blobs.count) blobs and \(manifests.count) manifests eligible for deletion"
        )
        for link in manifests {
            body("\(link.repository): manifest eligible for deletion: \(link.digest)")
        }
        for blob in blobs {
            body("blob eligible for deletion: \(blob.digest)")
            for link in blob.links { body("\(link.repository): layer link eligible for deletion: \(link.digest)") }
        }
        for name in repositories { body("repository eligible for deletion: \(name)") }
    }

    /// One document; sizes are bytes.
    /// - Parameter limit: the most entries of each list.
    package func json(limit: Int = .max) -> JSONText {
        .object([
            ("taken_at", .string(takenAt.secondsDescription)),
            ("source", .string(source.rawValue)),
            ("duration_ms", .number(duration.milliseconds)),
            ("delete_untagged", .bool(rules.deletesUntagged)),
            ("marked_blobs", .number(Int64(markedBlobs))),
            ("marked_bytes", .number(markedBytes)),
            ("blob_count", .number(Int64(blobs.count))),
            ("bytes", .number(bytes)),
            ("manifest_count", .number(Int64(manifests.count))),
            ("link_count", .number(Int64(links))),
            ("repository_count", .number(Int64(repositories.count))),
            ("young_count", .number(Int64(young.count))),
            ("young_bytes", .number(young.bytes)),
            (
                "shares",
                .array(
                    shares.prefix(limit).map { share in
                        .object([
                            ("repository", .string(share.repository)),
                            ("manifests", .number(Int64(share.manifests))),
                            ("blobs", .number(Int64(share.blobs))),
                            ("bytes", .number(share.bytes)),
                        ])
                    }
                )
            ),
            (
                "manifests",
                .array(
                    manifests.prefix(limit).map { link in
                        .object([
                            ("repository", .string(link.repository.description)),
                            ("digest", .string(link.digest.description)),
                        ])
                    }
                )
            ),
            (
                "blobs",
                .array(
                    blobs.prefix(limit).map { blob in
                        .object([
                            ("digest", .string(blob.digest.description)),
                            ("size", .number(blob.size)),
                            (
                                "links",
                                .array(
                                    blob.links.map { link in
                                        .object([
                                            ("repository", .string(link.repository.description)),
                                            ("digest", .string(link.digest.description)),
                                        ])
                                    }
                                )
                            ),
                        ])
                    }
                )
            ),
            ("repositories", .array(repositories.prefix(limit).map { .string($0.description) })),
        ])
    }

    /// RFC 4180, a row for each thing that goes; names and digests need no quotes.
    package func csv(_ body: (String) -> Void) {
        body("kind,repository,digest,size\r\n")
        for link in manifests { body("manifest,\(link.repository),\(link.digest),\r\n") }
        for blob in blobs {
            body("blob,,\(blob.digest),\(blob.size)\r\n")
            for link in blob.links { body("layer,\(link.repository),\(link.digest),\r\n") }
        }
        for name in repositories { body("repository,\(name),,\r\n") }
    }
}

extension CollectionPlan {
    /// Reads what `json` tells, as far as it is told one by one.
    /// - Throws: for what is no plan.
    package init(json: StrictJSON) throws(RegistryError) {
        let time = json["taken_at"]?.string.flatMap { WallTime(rfc3339: $0.utf8) }
        self.init(
            rules: MarkRules(deletesUntagged: json["delete_untagged"]?.bool == true),
            takenAt: time ?? WallTime(microseconds: 0),
            source: json["source"]?.string.flatMap { Source(rawValue: $0) } ?? .tree
        )
        func link(_ item: StrictJSON) throws(RegistryError) -> Unreachable.Link {
            .init(try RepositoryName(item["repository"]?.string ?? ""), try Digest(item["digest"]?.string ?? ""))
        }
        func size(_ value: StrictJSON?) -> Int64 { value?.number.flatMap { Int64(exactly: $0) } ?? 0 }
        markedBlobs = Int(size(json["marked_blobs"]))
        markedBytes = size(json["marked_bytes"])
        for item in json["manifests"]?.array ?? [] { manifests.append(try link(item)) }
        for item in json["blobs"]?.array ?? [] {
            var blob = Unreachable.Blob(try Digest(item["digest"]?.string ?? ""), size: size(item["size"]))
            for other in item["links"]?.array ?? [] { blob.links.append(try link(other)) }
            blobs.append(blob)
        }
        for item in json["repositories"]?.array ?? [] { repositories.append(try RepositoryName(item.string ?? "")) }
    }
}

extension Duration {
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
