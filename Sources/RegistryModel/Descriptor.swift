//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A reference to content: type, digest and size in bytes.
///
/// Source: OCI image specification, "OCI Content Descriptors".
package struct Descriptor: Sendable, Hashable {
    package var mediaType: MediaType
    package var digest: Digest
    package var size: Int64

    package init(mediaType: MediaType, digest: Digest, size: Int64) {
        self.mediaType = mediaType
        self.digest = digest
        self.size = size
    }
}

/// A manifest that names another one as its `subject`: one entry of a referrers list.
///
/// Source: OCI distribution specification, "Listing Referrers".
package struct Referrer: Sendable, Hashable {
    package var descriptor: Descriptor
    package var artifactType: String?
    package var annotations: [String: String]

    package init(descriptor: Descriptor, artifactType: String?, annotations: [String: String]) {
        self.descriptor = descriptor
        self.artifactType = artifactType
        self.annotations = annotations
    }
}
