//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
package import RegistryModel

/// An image in an OCI layout on disk, made by a test, for clients that read and write the `oci:` transport.
package struct ImageFolder: Sendable {
    /// What `index.json` points to.
    package let digest: Digest
    /// The bytes behind `digest`.
    package let manifest: [UInt8]
    private let folder: TemporaryFolder

    /// Content by digest in hexadecimal.
    package var blobs: [String: [UInt8]] { get throws { try Self.blobs(in: folder.path) } }

    /// As skopeo names it.
    package var reference: String { "oci:\(folder.path):latest" }

    /// The blobs of any layout, by digest in hexadecimal.
    package static func blobs(in folder: String) throws -> [String: [UInt8]] {
        var blobs: [String: [UInt8]] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/blobs/sha256") {
            blobs[name] = Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/blobs/sha256/\(name)")))
        }
        return blobs
    }

    /// Makes an image.
    /// - Parameters:
    ///   - layers: a seed for each layer; equal seeds give equal layers.
    ///   - layerBytes: of the file in each layer, which does not compress.
    ///   - platforms: architectures; more than one makes an index. The last layer of each is its own.
    package static func make(
        layers: [Int],
        layerBytes: Int = 50_000,
        platforms: [String] = ["amd64"]
    ) async throws -> ImageFolder {
        let folder = try TemporaryFolder()
        try folder.write(Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8), to: "oci-layout")
        var writer = Writer(folder: folder)
        var manifests: [String] = []
        for (position, platform) in platforms.enumerated() {
            var seeds = layers
            if platforms.count > 1 { seeds.append(1000 + position) }
            manifests.append(try await writer.image(seeds, layerBytes, platform))
        }
        let top =
            if manifests.count == 1 {
                manifests[0]
            } else {
                try writer.add(
                    #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociIndex)","manifests":[\#(manifests.joined(separator: ","))]}"#,
                    as: MediaType.ociIndex.description
                )
            }
        let named = top.dropLast() + #","annotations":{"org.opencontainers.image.ref.name":"latest"}}"#
        try folder.write(Array(#"{"schemaVersion":2,"manifests":[\#(named)]}"#.utf8), to: "index.json")
        return ImageFolder(digest: Digest.of(writer.last), manifest: writer.last, folder: folder)
    }

    private struct Writer {
        let folder: TemporaryFolder
        /// What was added last.
        var last: [UInt8] = []

        /// - Returns: the descriptor of the manifest, with its platform.
        mutating func image(_ seeds: [Int], _ size: Int, _ platform: String) async throws -> String {
            var (layers, differences): ([String], [String]) = ([], [])
            for seed in seeds {
                let (layer, difference) = try await layer(seed, size)
                layers.append(layer)
                differences.append("\"\(difference)\"")
            }
            let config = try add(
                #"{"architecture":"\#(platform)","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":[\#(differences.joined(separator: ","))]}}"#,
                as: "application/vnd.oci.image.config.v1+json"
            )
            let manifest = try add(
                #"{"schemaVersion":2,"mediaType":"\#(MediaType.ociManifest)","config":\#(config),"layers":[\#(layers.joined(separator: ","))]}"#,
                as: MediaType.ociManifest.description
            )
            return manifest.dropLast() + #","platform":{"architecture":"\#(platform)","os":"linux"}}"#
        }

        /// Packs a file into a compressed layer, the same bytes for the same seed.
        private mutating func layer(_ seed: Int, _ size: Int) async throws -> (descriptor: String, difference: Digest) {
            let work = try TemporaryFolder()
            try work.write(PseudorandomBytes.bytes(size, seed: seed), to: "content/file-\(seed)")
            let archive = work.path + "/layer.tar"
            let stable = ["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--mode=go=rX"]
            try await Tool.output("tar", stable + ["-cf", archive, "-C", work.path + "/content", "."])
            let difference = Digest.of(Array(try Data(contentsOf: URL(fileURLWithPath: archive))))
            try await Tool.output("gzip", ["-n", archive])
            let bytes = Array(try Data(contentsOf: URL(fileURLWithPath: archive + ".gz")))
            return (try add(bytes, as: "application/vnd.oci.image.layer.v1.tar+gzip"), difference)
        }

        /// - Returns: the descriptor.
        mutating func add(_ text: String, as type: String) throws -> String { try add(Array(text.utf8), as: type) }

        mutating func add(_ bytes: [UInt8], as type: String) throws -> String {
            let digest = Digest.of(bytes)
            try folder.write(bytes, to: "blobs/sha256/\(digest.hex)")
            last = bytes
            return #"{"mediaType":"\#(type)","digest":"\#(digest)","size":\#(bytes.count)}"#
        }
    }
}
