//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage

/// What the ledger keeps of a manifest.
struct ManifestEntry: Sendable, Equatable {
    var digest: Digest
    var size: Int64
    var mediaType: String
    var artifactType: String?
    var subject: Digest?
    /// An `AnnotationText`; nil without a subject.
    var annotations: String?
    var references: [Reference]

    struct Reference: Sendable, Equatable {
        var kind: Kind
        var digest: Digest
        /// What the manifest says it is, in bytes.
        var size: Int64
    }

    /// As the tables have it.
    enum Kind: Int64, Sendable {
        case configuration = 0
        case layer = 1
        /// A layer that may be kept elsewhere.
        case foreignLayer = 2
        case child = 3
    }

    init(_ manifest: StoredManifest) {
        let facts = manifest.facts
        digest = manifest.digest
        size = Int64(manifest.bytes.readableBytes)
        mediaType = facts.mediaType.description
        artifactType = facts.artifactType
        subject = facts.subject?.digest
        annotations = facts.subject == nil ? nil : AnnotationText.text(of: facts.annotations)
        references = facts.blobs.enumerated().map { position, blob in
            let isConfiguration = position == 0 && facts.configuration != nil
            return Reference(kind: isConfiguration ? .configuration : .layer, digest: blob.digest, size: blob.size)
        }
        references += facts.foreignLayers.map { Reference(kind: .foreignLayer, digest: $0.digest, size: $0.size) }
        references += facts.manifests.map { Reference(kind: .child, digest: $0.digest, size: $0.size) }
    }

    /// What pulling it would name: itself, its configuration and layers, each as often as it is named.
    var logicalBytes: Int64 {
        references.reduce(size) { sum, reference in
            // Sizes that manifests claim may be anything.
            reference.kind == .child ? sum : Self.sum(sum, reference.size)
        }
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflows) = left.addingReportingOverflow(right)
        // No store comes near; sums of many of these must not overflow either.
        return overflows ? bound : min(sum, bound)
    }

    private static let bound: Int64 = 1 << 50
}
