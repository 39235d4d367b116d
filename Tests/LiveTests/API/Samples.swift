//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTestKit

/// Manifests of further kinds.
enum Samples {
    /// An image index.
    static func index(
        _ manifests: [(digest: Digest, size: Int)],
        type: MediaType = .ociIndex,
        of item: MediaType = .ociManifest,
        extra: String = ""
    ) -> [UInt8] {
        let entries = manifests.map { #"{"mediaType":"\#(item)","digest":"\#($0.digest)","size":\#($0.size)}"# }
        return Array(
            #"{"schemaVersion":2,"mediaType":"\#(type)","manifests":[\#(entries.joined(separator: ","))]\#(extra)}"#
                .utf8
        )
    }

    /// A member with one annotation, with the comma before it.
    static func annotation(_ value: String) -> String { #","annotations":{"a":"\#(value)"}"# }

    /// A member that names a subject, with the comma before it.
    static func subject(_ digest: Digest, size: Int = 1) -> String {
        #","subject":{"mediaType":"\#(MediaType.ociManifest)","digest":"\#(digest)","size":\#(size)}"#
    }
}
