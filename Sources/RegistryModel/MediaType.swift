//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A media type as it stands on the wire, and what the registry knows of it.
package struct MediaType: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    /// Takes the type of a `Content-Type` value: parameters cut, lower case (RFC 9110 §8.3.1).
    package init(_ value: some StringProtocol) {
        let type = value.prefix { $0 != ";" }
        let trimmed = type.utf8.drop { $0 == UInt8(ascii: " ") }.reversed().drop { $0 == UInt8(ascii: " ") }.reversed()
        self.description = String(decoding: Array(trimmed), as: UTF8.self).lowercased()
    }

    private init(literal: String) { self.description = literal }

    package static let ociManifest = MediaType(literal: "application/vnd.oci.image.manifest.v1+json")
    package static let ociIndex = MediaType(literal: "application/vnd.oci.image.index.v1+json")
    package static let ociArtifact = MediaType(literal: "application/vnd.oci.artifact.manifest.v1+json")
    package static let dockerManifest = MediaType(literal: "application/vnd.docker.distribution.manifest.v2+json")
    package static let dockerList = MediaType(literal: "application/vnd.docker.distribution.manifest.list.v2+json")
    package static let dockerSigned = MediaType(literal: "application/vnd.docker.distribution.manifest.v1+prettyjws")
    package static let dockerUnsigned = MediaType(literal: "application/vnd.docker.distribution.manifest.v1+json")
    package static let json = MediaType(literal: "application/json")
    package static let octetStream = MediaType(literal: "application/octet-stream")

    /// Whether this is a type and a subtype, as RFC 6838 §4.2 has them.
    ///
    /// What is not must not reach a header.
    package var isWellFormed: Bool {
        let names = description.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return names.count == 2
            && names.allSatisfy { name in
                (1...127).contains(name.count) && name.first?.isAlphanumeric == true
                    && name.allSatisfy { $0.isAlphanumeric || "!#$&-^_.+".utf8.contains($0) }
            }
    }

    /// Whether this is Docker's schema 1, which is read but no longer taken.
    package var isSchema1: Bool { self == .dockerSigned || self == .dockerUnsigned }

    /// Whether it is that of a layer of an image, for which distribution has rules where it may be kept.
    package var isImageLayer: Bool {
        isNonDistributable || description.hasPrefix("application/vnd.oci.image.layer.v1.tar")
    }

    /// Whether a layer of this type may be absent from the registry.
    ///
    /// Sources: OCI image specification, "Non-Distributable Layers"; Docker image manifest 2.2, foreign layers.
    package var isNonDistributable: Bool {
        description.hasPrefix("application/vnd.oci.image.layer.nondistributable.v1.tar")
            || description.hasPrefix("application/vnd.docker.image.rootfs.foreign.diff.tar")
    }
}
