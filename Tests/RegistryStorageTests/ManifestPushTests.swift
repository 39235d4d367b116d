//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry
import RegistryTestKit
import Testing

@testable import RegistryStorage

@Suite("Pushes of manifests", .timeLimit(.minutes(5)))
struct ManifestPushTests {
    private static let configuration = Array("{}".utf8)

    private func index(of digests: [Digest]) -> [UInt8] {
        let entries = digests.map { #"{"mediaType":"\#(MediaType.ociManifest)","digest":"\#($0)","size":1}"# }
        return Array(
            #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(entries.joined(separator: ","))]}"#
                .utf8
        )
    }

    @Test("leave content, the link to it, and a current and an index link for each tag")
    func files() async throws {
        let folder = try TemporaryFolder()
        let stores = try Stores(FilesystemDriver(root: folder.path, pool: .forTests))
        let pushed = try await stores.pushManifest(tags: ["v1", "latest"])
        let text = Array(pushed.digest.description.utf8)
        let files = try folder.files()
        func file(_ path: StoragePath) -> [UInt8]? { files[String(path.description.dropFirst())] }
        #expect(file(DiskLayout.blob(pushed.digest)) == Array(pushed.bytes.readableBytesView))
        #expect(file(DiskLayout.revisionLink(stores.name, pushed.digest)) == text)
        for name in ["v1", "latest"] {
            let tag = try Tag(name)
            #expect(file(DiskLayout.currentLink(stores.name, tag)) == text)
            #expect(file(DiskLayout.indexLink(stores.name, tag, pushed.digest)) == text)
        }
        // The configuration's blob and link besides.
        #expect(files.count == 8)
    }

    @Test("take the digest's own algorithm", arguments: DigestAlgorithm.allCases)
    func algorithms(algorithm: DigestAlgorithm) async throws {
        let stores = try Stores()
        try await stores.push(Self.configuration)
        let manifest = WireClient.manifest(configuration: Self.configuration, layers: [])
        let digest = Digest.of(manifest, algorithm)
        #expect(try await stores.put(manifest, expected: digest).digest == digest)
        #expect(try await stores.manifests.get(.digest(digest), in: stores.name).manifest.digest == digest)
    }

    @Test("are refused when the content is not what was said", arguments: DigestAlgorithm.allCases)
    func mismatch(algorithm: DigestAlgorithm) async throws {
        let stores = try Stores()
        try await stores.push(Self.configuration)
        let manifest = WireClient.manifest(configuration: Self.configuration, layers: [])
        let error = await refusal { () throws(RegistryError) in
            try await stores.put(manifest, expected: Digest.of([1], algorithm))
        }
        #expect(error?.code == .digestInvalid)
        #expect(try await !stores.driver.holds(DiskLayout.manifests(stores.name)))
    }

    @Test("are refused while a blob is missing, also when only another repository has it")
    func missingBlob() async throws {
        let stores = try Stores()
        let layer: [UInt8] = [1, 2, 3]
        try await stores.push(Self.configuration)
        try await stores.push(layer, to: try RepositoryName("other"))
        let manifest = WireClient.manifest(configuration: Self.configuration, layers: [layer])
        let error = await refusal { () throws(RegistryError) in try await stores.put(manifest, tags: ["a"]) }
        #expect(error?.code == .manifestBlobUnknown)
        #expect(error?.detail?.contains(Digest.of(layer).description) == true)
        #expect(try await !stores.driver.holds(DiskLayout.blob(Digest.of(manifest))))
        #expect(try await !stores.driver.holds(DiskLayout.manifests(stores.name)))
        try await stores.push(layer)
        try await stores.put(manifest, tags: ["a"])
    }

    @Test("of an index are refused while a manifest is missing")
    func missingManifest() async throws {
        let stores = try Stores()
        let child = Digest.of(WireClient.manifest(configuration: Self.configuration, layers: []))
        let index = index(of: [child])
        let error = await refusal { () throws(RegistryError) in try await stores.put(index) }
        #expect(error?.code == .manifestBlobUnknown)
        #expect(error?.detail?.contains(child.description) == true)
        // A blob of that digest is no manifest.
        try await stores.push(WireClient.manifest(configuration: Self.configuration, layers: []))
        #expect(await refusal { () throws(RegistryError) in try await stores.put(index) }?.code == .manifestBlobUnknown)
        try await stores.pushManifest()
        try await stores.put(index)
    }

    @Test("do not need the subject")
    func subject() async throws {
        let stores = try Stores()
        let subject = #","subject":{"mediaType":"a/b","digest":"\#(Digest.of([7]))","size":1}"#
        #expect(try await stores.pushManifest(extra: subject).facts.subject?.digest == Digest.of([7]))
    }

    @Test("of schema 1 are refused, with a Content-Type or without", arguments: [MediaType.dockerSigned, nil])
    func schema1(type: MediaType?) async throws {
        let stores = try Stores()
        let text = #"{"schemaVersion":1,"name":"a","tag":"b","fsLayers":[],"signatures":[{}]}"#
        let push = ManifestStore.Push(bytes: ByteBuffer(string: text), mediaType: type, expected: nil, tags: [])
        let error = await refusal { () throws(RegistryError) in try await stores.manifests.put(push, in: stores.name) }
        #expect(error?.code == .manifestInvalid)
    }

    @Test("move a tag, and keep its history")
    func moveTag() async throws {
        let stores = try Stores()
        let first = try await stores.pushManifest(tags: ["latest"]).digest
        let second = try await stores.pushManifest(tags: ["latest"], extra: #","annotations":{"a":"b"}"#).digest
        let tag = try Tag("latest")
        #expect(try await stores.manifests.resolve(.tag(tag), in: stores.name) == second)
        for digest in [first, second] {
            #expect(try await stores.driver.holds(DiskLayout.indexLink(stores.name, tag, digest)))
            #expect(try await stores.manifests.resolve(.digest(digest), in: stores.name) == digest)
        }
    }

    @Test("heal what was empty: the content, the link and the tag")
    func heal() async throws {
        let driver = InMemoryDriver()
        let pushed = try await Stores(driver).pushManifest(tags: ["latest"])
        let tag = try Tag("latest")
        let stores = try Stores(driver)
        let paths = [
            DiskLayout.blob(pushed.digest), DiskLayout.revisionLink(stores.name, pushed.digest),
            DiskLayout.currentLink(stores.name, tag),
        ]
        for path in paths { try await driver.put([], at: path) }
        for reference in [Reference.tag(tag), .digest(pushed.digest)] {
            let error = await refusal { () throws(RegistryError) in
                try await stores.manifests.get(reference, in: stores.name)
            }
            #expect(error?.code == .manifestUnknown)
        }
        #expect(stores.instruments.linksMalformed.value == 2)
        try await stores.put(Array(pushed.bytes.readableBytesView), tags: ["latest"])
        #expect(stores.instruments.linksHealed.value == 2)
        for reference in [Reference.tag(tag), .digest(pushed.digest)] {
            #expect(try await Stores(driver).manifests.get(reference, in: stores.name).manifest.digest == pushed.digest)
        }
    }

    @Test("that find no room leave nothing that is visible and not whole", arguments: 0..<4)
    func noSpace(part: Int) async throws {
        let base = InMemoryDriver()
        let parts = ["/blobs/", "/revisions/", "/current/", "/index/"]
        let manifest = WireClient.manifest(configuration: Self.configuration, layers: [])
        try await Stores(base).push(Self.configuration)
        let driver = FaultyDriver(base) { verb, path in
            verb == .replace && path.description.contains(parts[part]) ? StorageError(.noSpace, "fault", path) : nil
        }
        let stores = try Stores(driver)
        let error = await refusal { () throws(RegistryError) in try await stores.put(manifest, tags: ["a"]) }
        #expect(error?.code == .storageFull)
        #expect(stores.events == ["storage_full"])
        let tagged = await refusal { () throws(RegistryError) in
            try await Stores(base).manifests.get(.tag(Tag("a")), in: stores.name)
        }
        // A tag that lacks its history only is whole.
        #expect(tagged?.code == (part < 3 ? .manifestUnknown : nil))
        let byDigest = await refusal { () throws(RegistryError) in
            try await Stores(base).manifests.get(.digest(Digest.of(manifest)), in: stores.name)
        }
        // Once its link is there, so is all of it.
        #expect(byDigest?.code == (part < 2 ? .manifestUnknown : nil))
    }

    @Test("to a storage that takes no writes are told to come later")
    func readOnly() async throws {
        let base = InMemoryDriver()
        try await Stores(base).push(Self.configuration)
        let stores = try Stores(FaultyDriver(base, failing: [.replace], with: .readOnly))
        let manifest = WireClient.manifest(configuration: Self.configuration, layers: [])
        let error = await refusal { () throws(RegistryError) in try await stores.put(manifest) }
        #expect(error?.code == .unavailable)
        #expect(error?.status == 503)
    }
}
