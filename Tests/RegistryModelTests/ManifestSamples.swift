//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

/// Texts of manifests, put together from parts.
enum Sample {
    static func digest(_ byte: String) -> String { "sha256:" + String(repeating: byte, count: 32) }

    static func descriptor(
        _ byte: String,
        type: String = "application/octet-stream",
        size: String = "7",
        extra: String = ""
    ) -> String {
        #"{"mediaType":"\#(type)","digest":"\#(digest(byte))","size":\#(size)\#(extra)}"#
    }

    static let config = descriptor("c0", type: "application/vnd.oci.image.config.v1+json")
    static let layer = descriptor("1a", type: "application/vnd.oci.image.layer.v1.tar+gzip")

    /// An image manifest.
    /// - Parameters:
    ///   - type: of the field `mediaType`; nil leaves it out.
    ///   - extra: further members, with a comma before each.
    static func image(type: MediaType? = .ociManifest, layers: [String] = [layer], extra: String = "") -> String {
        let declared = type.map { #""mediaType":"\#($0)","# } ?? ""
        return
            #"{"schemaVersion":2,\#(declared)"config":\#(config),"layers":[\#(layers.joined(separator: ","))]\#(extra)}"#
    }

    static func index(type: MediaType? = .ociIndex, manifests: [String], extra: String = "") -> String {
        let declared = type.map { #""mediaType":"\#($0)","# } ?? ""
        return #"{"schemaVersion":2,\#(declared)"manifests":[\#(manifests.joined(separator: ","))]\#(extra)}"#
    }
}

extension ManifestFacts {
    init(_ text: String, declared: MediaType? = nil) throws(RegistryError) {
        try self.init(bytes: Array(text.utf8), declared: declared)
    }
}

/// The code that a manifest is refused with; nil if it is taken.
func refusal(_ text: String, declared: MediaType? = nil) -> ErrorCode? {
    refusal { () throws(RegistryError) in try ManifestFacts(text, declared: declared) }
}
