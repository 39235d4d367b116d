//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Media types")
struct MediaTypeTests {
    @Test(
        "are read from a header without parameters, case and space",
        arguments: [
            ("application/json", "application/json"), ("Application/JSON", "application/json"),
            (" application/json ", "application/json"), ("application/json;charset=utf-8", "application/json"),
            ("application/json ; charset=utf-8", "application/json"), ("application/json;", "application/json"),
            ("application/json; a=\";\"; b=c", "application/json"), ("", ""), (";", ""), (" ; a=b", ""), ("   ", ""),
            ("APPLICATION/VND.OCI.IMAGE.MANIFEST.V1+JSON", "application/vnd.oci.image.manifest.v1+json"),
        ]
    )
    func header(value: String, expected: String) {
        #expect(MediaType(value).description == expected)
    }

    @Test("known by name are those on the wire")
    func known() {
        let known: [(MediaType, String)] = [
            (.ociManifest, "application/vnd.oci.image.manifest.v1+json"),
            (.ociIndex, "application/vnd.oci.image.index.v1+json"),
            (.ociArtifact, "application/vnd.oci.artifact.manifest.v1+json"),
            (.dockerManifest, "application/vnd.docker.distribution.manifest.v2+json"),
            (.dockerList, "application/vnd.docker.distribution.manifest.list.v2+json"),
            (.dockerSigned, "application/vnd.docker.distribution.manifest.v1+prettyjws"),
            (.dockerUnsigned, "application/vnd.docker.distribution.manifest.v1+json"),
            (.json, "application/json"), (.octetStream, "application/octet-stream"),
        ]
        for (type, text) in known {
            #expect(type.description == text)
            #expect(MediaType(text) == type)
        }
    }

    @Test(
        "of layers that need not be here",
        arguments: [
            ("application/vnd.oci.image.layer.nondistributable.v1.tar", true),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", true),
            ("application/vnd.oci.image.layer.nondistributable.v1.tar+zstd", true),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar", true),
            ("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", true),
            ("application/vnd.oci.image.layer.v1.tar", false), ("application/vnd.oci.image.layer.v1.tar+gzip", false),
            ("application/vnd.docker.image.rootfs.diff.tar.gzip", false),
            ("application/vnd.oci.image.config.v1+json", false), ("", false),
            ("x-application/vnd.docker.image.rootfs.foreign.diff.tar", false),
        ]
    )
    func nonDistributable(text: String, expected: Bool) {
        #expect(MediaType(text).isNonDistributable == expected)
    }

    @Test(
        "are a type and a subtype (RFC 6838, section 4.2)",
        arguments: [
            ("a/b", true), ("application/vnd.oci.image.manifest.v1+json", true), ("x-a/0!#$&-^_.+", true),
            ("a/" + String(repeating: "b", count: 127), true), ("a/" + String(repeating: "b", count: 128), false),
            ("", false), ("a", false), ("/", false), ("a/", false), ("/b", false), ("a/b/c", false), ("a b/c", false),
            ("a/b\r\nx: y", false), ("a/b\0", false), ("ä/b", false), (".a/b", false), ("a/+b", false),
            ("a/b,c/d", false),
        ]
    )
    func wellFormed(text: String, expected: Bool) {
        #expect(MediaType(text).isWellFormed == expected)
    }
}
