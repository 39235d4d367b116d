//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import Testing

@Suite("Kinds of manifests")
struct ManifestKindTests {
    @Test(
        "An image manifest of either family names its configuration and layers",
        arguments: [MediaType.ociManifest, .dockerManifest],
        [true, false]
    )
    func image(type: MediaType, declares: Bool) throws {
        let facts = try ManifestFacts(Sample.image(type: type), declared: declares ? type : nil)
        #expect(facts.mediaType == type)
        #expect(facts.blobs.map(\.digest.description) == [Sample.digest("c0"), Sample.digest("1a")])
        #expect(facts.blobs.map(\.size) == [7, 7])
        #expect(facts.manifests.isEmpty)
        #expect(facts.subject == nil)
        #expect(facts.annotations.isEmpty)
    }

    @Test(
        "An index of either family names its manifests",
        arguments: [MediaType.ociIndex, .dockerList],
        [true, false]
    )
    func index(type: MediaType, declares: Bool) throws {
        let platform = #","platform":{"architecture":"arm64","os":"linux"}"#
        let entries = ["0a", "0b"].map {
            Sample.descriptor($0, type: MediaType.ociManifest.description, extra: platform)
        }
        let facts = try ManifestFacts(Sample.index(type: type, manifests: entries), declared: declares ? type : nil)
        #expect(facts.mediaType == type)
        #expect(facts.manifests.map(\.digest.description) == [Sample.digest("0a"), Sample.digest("0b")])
        #expect(facts.manifests.allSatisfy { $0.mediaType == .ociManifest })
        #expect(facts.blobs.isEmpty)
        #expect(facts.artifactType == nil)
    }

    @Test("An index may be empty")
    func emptyIndex() throws {
        #expect(try ManifestFacts(Sample.index(manifests: []), declared: .ociIndex).manifests.isEmpty)
    }

    @Test("An image may have no layers")
    func noLayers() throws {
        #expect(try ManifestFacts(Sample.image(layers: []), declared: .ociManifest).blobs.count == 1)
    }

    @Test("An artifact manifest names its blobs and its subject")
    func artifact() throws {
        let text = """
            {"mediaType":"\(MediaType.ociArtifact)","artifactType":"application/x-sbom",
             "blobs":[\(Sample.descriptor("b1")),\(Sample.descriptor("b2"))],"subject":\(Sample.descriptor("0a"))}
            """
        let facts = try ManifestFacts(text, declared: .ociArtifact)
        #expect(facts.mediaType == .ociArtifact)
        #expect(facts.artifactType == "application/x-sbom")
        #expect(facts.blobs.map(\.digest.description) == [Sample.digest("b1"), Sample.digest("b2")])
        #expect(facts.subject?.digest.description == Sample.digest("0a"))
    }

    @Test("A type of one's own is taken if the manifest declares it")
    func unknownType() throws {
        let own = MediaType("application/vnd.example.thing.v3+json")
        let text = #"{"mediaType":"\#(own)","anything":[1,{"x":null}]}"#
        #expect(try ManifestFacts(text, declared: own).mediaType == own)
        #expect(try ManifestFacts(text).mediaType == own)
        #expect(refusal(#"{"anything":1}"#, declared: own) == .manifestInvalid)
    }

    @Test("A manifest without mediaType is of the OCI type that its shape tells")
    func inferred() throws {
        let image = Sample.image(type: nil)
        #expect(try ManifestFacts(image).mediaType == .ociManifest)
        #expect(try ManifestFacts(image, declared: .ociManifest).mediaType == .ociManifest)
        let index = Sample.index(type: nil, manifests: [])
        #expect(try ManifestFacts(index).mediaType == .ociIndex)
        #expect(try ManifestFacts(index, declared: .ociIndex).mediaType == .ociIndex)
    }

    @Test(
        "A manifest whose type neither it nor its shape tells is refused",
        arguments: [
            "{}", #"{"schemaVersion":2}"#, #"{"schemaVersion":3,"config":\#(Sample.config),"layers":[]}"#,
            #"{"config":\#(Sample.config),"layers":[]}"#, #"{"schemaVersion":2,"layers":[]}"#,
            #"{"schemaVersion":2,"config":\#(Sample.config),"layers":[],"manifests":[]}"#,
            #"{"schemaVersion":2,"manifests":[],"layers":[]}"#, #"{"schemaVersion":2,"manifests":null}"#,
            #"{"schemaVersion":0}"#, #"{"schemaVersion":-1}"#,
        ]
    )
    func shapeless(text: String) {
        #expect(refusal(text) == .manifestInvalid)
        #expect(refusal(text, declared: .ociManifest) == .manifestInvalid)
    }

    @Test(
        "A Content-Type that contradicts the manifest is refused",
        arguments: [
            (Sample.image(), MediaType.dockerManifest), (Sample.image(), .ociIndex), (Sample.image(), .json),
            (Sample.image(type: .dockerManifest), .ociManifest), (Sample.image(type: nil), .dockerManifest),
            (Sample.image(type: nil), .ociIndex), (Sample.index(type: nil, manifests: []), .ociManifest),
            (Sample.index(type: nil, manifests: []), .dockerList), (Sample.index(manifests: []), .dockerList),
            (Sample.image(), MediaType("")), (Sample.image(), MediaType("text/html")),
        ]
    )
    func mismatch(text: String, declared: MediaType) {
        #expect(refusal(text, declared: declared) == .manifestInvalid)
    }

    @Test("Content-Type and mediaType are compared without case and parameters")
    func sameType() throws {
        let declared = MediaType("Application/vnd.OCI.image.manifest.v1+json; charset=utf-8")
        #expect(try ManifestFacts(Sample.image(), declared: declared).mediaType == .ociManifest)
    }

    @Test(
        "A mediaType that is no media type is refused",
        arguments: ["", "x", "a b/c", "a/b\\r\\nX: y", "/", "a/", "/b", "ä/b", "a/b/c"]
    )
    func malformedType(type: String) {
        #expect(
            refusal(#"{"schemaVersion":2,"mediaType":"\#(type)","config":\#(Sample.config),"layers":[]}"#)
                == .manifestInvalid
        )
    }

    @Test("A schema 1 manifest is understood when it is read back", arguments: [true, false])
    func schema1(isSigned: Bool) throws {
        let signatures = isSigned ? #","signatures":[{"header":{},"signature":"x","protected":"y"}]"# : ""
        let text =
            #"{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[{"blobSum":"\#(Sample.digest("0a"))"}]\#(signatures)}"#
        let facts = try ManifestFacts(text)
        #expect(facts.mediaType == (isSigned ? .dockerSigned : .dockerUnsigned))
        #expect(facts.blobs.isEmpty)
    }
}
