//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import RegistryModel

/// What a manifest refers to, as distribution's events name it.
///
/// Source: distribution 2.8.2, `blobs.go` (`Descriptor`) and the `References` of its manifests: the configuration, then
/// the layers; or the manifests of an index, without their platforms.
enum ManifestReferences {
    /// A list of descriptors as JSON; nil where there are none, or the manifest cannot be read.
    static func text(of manifest: some Collection<UInt8>) -> String? {
        guard let document = try? JSONDecoder().decode(Document.self, from: Data(manifest)) else { return nil }
        let references =
            if let manifests = document.manifests {
                manifests.map { $0.json(hasPlatform: false) }
            } else {
                ((document.config.map { [$0] } ?? []) + (document.layers ?? [])).map { $0.json(hasPlatform: true) }
            }
        return references.isEmpty ? nil : JSONText.array(references).text
    }

    private struct Document: Decodable {
        let config: Reference?
        let layers: [Reference]?
        let manifests: [Reference]?
    }

    private struct Reference: Decodable {
        let mediaType: String?
        let size: Int64?
        let digest: String?
        let urls: [String]?
        let annotations: [String: String]?
        let platform: Platform?

        /// Members in the order of the Go structure; empty ones are left out.
        func json(hasPlatform: Bool) -> JSONText {
            .object([
                ("mediaType", mediaType.flatMap { $0.isEmpty ? nil : .string($0) }),
                ("size", size.flatMap { $0 == 0 ? nil : .number($0) }),
                ("digest", digest.flatMap { $0.isEmpty ? nil : .string($0) }),
                ("urls", urls.flatMap { $0.isEmpty ? nil : .array($0.map { .string($0) }) }),
                (
                    "annotations",
                    annotations.flatMap { annotations in
                        annotations.isEmpty
                            ? nil
                            : .object(annotations.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
                    }
                ),
                ("platform", hasPlatform ? platform?.json : nil),
            ])
        }
    }

    private struct Platform: Decodable {
        let architecture: String?
        let os: String?
        let version: String?
        let features: [String]?
        let variant: String?

        enum CodingKeys: String, CodingKey {
            case architecture, os, variant
            case version = "os.version"
            case features = "os.features"
        }

        var json: JSONText {
            .object([
                ("architecture", .string(architecture ?? "")), ("os", .string(os ?? "")),
                ("os.version", version.map { .string($0) }),
                ("os.features", features.map { .array($0.map { .string($0) }) }),
                ("variant", variant.map { .string($0) }),
            ])
        }
    }
}
