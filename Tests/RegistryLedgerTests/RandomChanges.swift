//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryStorage
import RegistryTelemetry
import RegistryTestKit

@testable import RegistryLedger

/// Pushes, moves of tags, mounts and deletions at random, on few repositories and blobs, so that they meet.
struct RandomChanges {
    let bench: LedgerBench
    var generator: SeededGenerator

    private static let repositories = ["a", "a/b", "a-b", "b", "c/d/e", "z"]
    private static let tags = ["1", "2", "latest", "x.y"]

    init(_ bench: LedgerBench, seed: UInt64) {
        self.bench = bench
        self.generator = SeededGenerator(state: seed)
    }

    private static func blob(_ number: Int) -> [UInt8] { [UInt8](repeating: UInt8(number), count: 1 + number * 7) }

    /// Makes one change; what the registry refuses, or the storage fails at, is as good as any other outcome.
    mutating func step() async {
        do { try await change() } catch {}
    }

    private mutating func change() async throws {
        let name = try RepositoryName(Self.repositories.randomElement(using: &generator) ?? "a")
        let other = try RepositoryName(Self.repositories.randomElement(using: &generator) ?? "a")
        let tag = try Tag(Self.tags.randomElement(using: &generator) ?? "1")
        let number = Int.random(in: 0..<8, using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0...3:
            let count = Int.random(in: 0...3, using: &generator)
            let layers = (0..<count).map { _ in Self.blob(Int.random(in: 0..<8, using: &generator)) }
            let tags = Bool.random(using: &generator) ? [tag.description] : []
            try await bench.pushImage(layers, tags: tags, to: name.description)
        case 4: try await pushIndex(tag, in: name)
        case 5: try await pushReferrer(to: tag, in: name)
        case 6: try await bench.tags.delete(tag, in: name)
        case 7:
            let digest = try await bench.manifests.resolve(.tag(tag), in: name)
            try await bench.manifests.delete(digest, in: name, tags: bench.tags)
        case 8: try await bench.blobs.delete(Digest.of(Self.blob(number)), in: name)
        case 9: _ = try await bench.blobs.mount(Digest.of(Self.blob(number)), from: other, to: name)
        case 10: try await removeContent(Digest.of(Self.blob(number)))
        default:
            let id = try await bench.uploads.begin(in: name, at: .now)
            if Bool.random(using: &generator) { try await bench.uploads.cancel(id, in: name) }
        }
    }

    private mutating func pushIndex(_ tag: Tag, in name: RepositoryName) async throws {
        let child = try await bench.manifests.get(.tag(tag), in: name).manifest.descriptor
        let entry = #"{"mediaType":"\#(child.mediaType)","digest":"\#(child.digest)","size":\#(child.size)}"#
        let index = #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(entry)]}"#
        try await bench.put(Array(index.utf8), tags: ["index"], in: name)
    }

    private mutating func pushReferrer(to tag: Tag, in name: RepositoryName) async throws {
        let subject = try await bench.manifests.get(.tag(tag), in: name).manifest.descriptor
        try await bench.push(Array("{}".utf8), to: name)
        let extra =
            #","subject":{"mediaType":"\#(subject.mediaType)","digest":"\#(subject.digest)","size":\#(subject.size)}"#
        try await bench.put(WireClient.manifest(configuration: Array("{}".utf8), layers: [], extra: extra), in: name)
    }

    /// As a collection of garbage does.
    private func removeContent(_ digest: Digest) async throws {
        let context = bench.context
        try await context.change([.blob(digest)], by: MutationOrigin()) { (changes) async throws(RegistryError) in
            do throws(StorageError) {
                try await context.driver.remove(DiskLayout.blob(digest))
            } catch {
                throw RegistryError(.unknown, detail: error.description)
            }
            changes.append(.blobRemoved(digest))
        }
    }
}
