//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("What a manifest refers to")
struct ManifestContentTests {
    @Test(
        "Layers that live elsewhere need not be here",
        arguments: [
            Sample.descriptor("f0", type: "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"),
            Sample.descriptor("f0", type: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"),
            Sample.descriptor("f0", extra: #","urls":["https://example.com/layer"]"#),
        ]
    )
    func foreign(layer: String) throws {
        let facts = try ManifestFacts(Sample.image(layers: [layer, Sample.layer]), declared: .ociManifest)
        #expect(facts.blobs.map(\.digest.description) == [Sample.digest("c0"), Sample.digest("1a")])
    }

    @Test("A layer with no urls to go to must be here", arguments: [#","urls":[]"#, #","urls":null"#, ""])
    func noURLs(extra: String) throws {
        let facts = try ManifestFacts(
            Sample.image(layers: [Sample.descriptor("1b", extra: extra)]),
            declared: .ociManifest
        )
        #expect(facts.blobs.count == 2)
    }

    @Test("A configuration must be here, whatever it says")
    func foreignConfiguration() throws {
        let config = Sample.descriptor("c1", extra: #","urls":["https://example.com/config"]"#)
        let text = #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest)","config":\#(config),"layers":[]}"#
        #expect(
            try ManifestFacts(text, declared: .ociManifest).blobs.map(\.digest.description) == [Sample.digest("c1")]
        )
    }

    @Test("A subject is kept, in an image and in an index")
    func subject() throws {
        let subject = #","subject":\#(Sample.descriptor("5b", type: MediaType.ociManifest.description, size: "99"))"#
        for text in [Sample.image(extra: subject), Sample.index(manifests: [], extra: subject)] {
            let facts = try ManifestFacts(text)
            #expect(facts.subject?.digest.description == Sample.digest("5b"))
            #expect(facts.subject?.size == 99)
            #expect(facts.subject?.mediaType == .ociManifest)
            #expect(!facts.blobs.contains { $0.digest.description == Sample.digest("5b") })
            #expect(!facts.manifests.contains { $0.digest.description == Sample.digest("5b") })
        }
    }

    @Test("Annotations are kept as they are")
    func annotations() throws {
        let facts = try ManifestFacts(
            Sample.image(extra: #","annotations":{"org.example.a":"ä\"\n","":"","b":"\u0000"}"#)
        )
        #expect(facts.annotations == ["org.example.a": "ä\"\n", "": "", "b": "\0"])
    }

    @Test(
        "The artifact type of an image falls back to that of its configuration",
        arguments: [
            (#","artifactType":"application/x-sbom""#, "application/x-sbom"),
            ("", "application/vnd.oci.image.config.v1+json"),
            (#","artifactType":null"#, "application/vnd.oci.image.config.v1+json"),
            // "Empty or missing", says the specification of referrers.
            (#","artifactType":"""#, "application/vnd.oci.image.config.v1+json"),
        ]
    )
    func artifactType(extra: String, expected: String) throws {
        #expect(try ManifestFacts(Sample.image(extra: extra)).artifactType == expected)
    }

    @Test(
        "An index has an artifact type only if it names one",
        arguments: ["", #","artifactType":"""#, #","artifactType":null"#]
    )
    func indexArtifactType(extra: String) throws {
        #expect(try ManifestFacts(Sample.index(manifests: [], extra: extra)).artifactType == nil)
    }

    @Test("A sha512 digest is as good as any")
    func sha512() throws {
        let digest = "sha512:" + String(repeating: "ab", count: 64)
        let layer = #"{"mediaType":"application/octet-stream","digest":"\#(digest)","size":1}"#
        #expect(try ManifestFacts(Sample.image(layers: [layer])).blobs.last?.digest.description == digest)
    }

    @Test(
        "Sizes of 64 bits are taken, and 0",
        arguments: [("0", 0), ("1", 1), ("9223372036854775807", Int64.max)] as [(String, Int64)]
    )
    func sizes(text: String, size: Int64) throws {
        #expect(try ManifestFacts(Sample.image(layers: [Sample.descriptor("1a", size: text)])).blobs.last?.size == size)
    }

    @Test(
        "A size that is none is refused",
        arguments: [
            "-1", "-9223372036854775808", "9223372036854775808", "1.5", "\"7\"", "null", "true", "[]", "{}", "1e400",
            "NaN", "+1", "01",
        ]
    )
    func malformedSizes(size: String) {
        let entry = Sample.descriptor("1a", size: size)
        #expect(refusal(Sample.image(layers: [entry])) == .manifestInvalid)
        #expect(refusal(Sample.index(manifests: [entry])) == .manifestInvalid)
        #expect(refusal(Sample.image(extra: #","subject":\#(entry)"#)) == .manifestInvalid)
    }

    @Test(
        "A malformed digest anywhere is refused as such",
        arguments: [
            "", "sha256:", "sha256:zz", "md5:00", "../../etc/passwd", "sha256:../../x",
            "SHA256:" + String(repeating: "0", count: 64),
        ]
    )
    func malformedDigests(digest: String) {
        let entry = #"{"mediaType":"x/y","digest":"\#(digest)","size":1}"#
        #expect(refusal(Sample.image(layers: [entry])) == .digestInvalid)
        #expect(refusal(Sample.index(manifests: [entry])) == .digestInvalid)
        #expect(refusal(Sample.image(extra: #","subject":\#(entry)"#)) == .digestInvalid)
        #expect(refusal(#"{"schemaVersion":2,"config":\#(entry),"layers":[]}"#) == .digestInvalid)
        #expect(refusal(#"{"mediaType":"\#(MediaType.ociArtifact)","blobs":[\#(entry)]}"#) == .digestInvalid)
    }
}
