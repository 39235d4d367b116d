//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What the registry reads from a manifest: once when it is pushed, once more when it is first seen after a start.
///
/// Sources: OCI image specification ("Image Manifest", "Image Index"), Docker image manifest version 2 schema 2.
package struct ManifestFacts: Sendable, Equatable {
    /// The largest manifest accepted, in bytes.
    package static let maximumBytes = 4 * 1024 * 1024

    /// The type the manifest is served with.
    package var mediaType: MediaType
    /// Content that must exist in the repository: configuration and layers, without those allowed to be absent.
    package var blobs: [Descriptor]
    /// Layers that may be absent: those that may not be distributed, and those with addresses of their own.
    package var foreignLayers: [Descriptor]
    /// Manifests that an index refers to.
    package var manifests: [Descriptor]
    /// What each of these runs on, in their order; nil where the index does not say.
    package var platforms: [Platform?]
    /// Where layers of images are kept that need not be in the repository; of other content it is nobody's matter.
    package var addresses: [String]
    /// The type of an image manifest's configuration.
    package var configuration: MediaType?
    package var subject: Descriptor?
    /// `artifactType`, or for an image manifest without one, the type of its configuration.
    package var artifactType: String?
    package var annotations: [String: String]

    /// What the content of a manifest runs on.
    package struct Platform: Sendable, Hashable {
        package var os: String
        package var architecture: String

        /// Creates a platform.
        package init(os: String, architecture: String) {
            self.os = os
            self.architecture = architecture
        }
    }

    /// Reads a manifest.
    /// - Parameters:
    ///   - bytes: the manifest as pushed.
    ///   - declared: the `Content-Type` it was pushed with; nil when it is read back from storage.
    /// - Throws: `MANIFEST_INVALID`, or `DIGEST_INVALID` for a malformed digest inside.
    package init(bytes: some Collection<UInt8>, declared: MediaType?) throws(RegistryError) {
        let document: Document
        let data = Data(bytes)
        guard Self.isUTF8(data) else { throw .manifestInvalid("not a manifest: JSON in UTF-8 is expected") }
        do {
            document = try JSONDecoder().decode(Document.self, from: data)
        } catch let error as RegistryError {
            throw error
        } catch {
            throw .manifestInvalid("not a manifest: \(Self.explain(error))")
        }
        let inner = document.mediaType.map { MediaType($0) }
        if let inner, let declared, inner != declared {
            throw .manifestInvalid("Content-Type is \(declared) and the manifest's mediaType is \(inner)")
        }
        let inferred = inner ?? document.inferredType
        if let declared, inner == nil, declared != inferred {
            // The tree keeps bytes only, so a type that neither the bytes name nor the shape tells would be lost.
            throw .manifestInvalid("a manifest of type \(declared) must declare it in its mediaType field")
        }
        guard let mediaType = inferred else {
            throw .manifestInvalid("the manifest has no mediaType field, and its shape does not tell its type")
        }
        guard mediaType.isWellFormed else { throw .manifestInvalid("the manifest's mediaType is not a media type") }
        self.mediaType = mediaType
        let layers = document.layers ?? []
        let required = layers.filter(\.isRequired)
        self.blobs = try ([document.config].compactMap(\.self) + required + (document.blobs ?? [])).map {
            entry throws(RegistryError) in
            try entry.descriptor
        }
        // Nothing is asked of these, so a descriptor that is none is let pass.
        self.foreignLayers = layers.filter { !$0.isRequired }.compactMap { try? $0.descriptor }
        self.manifests = try (document.manifests ?? []).map { entry throws(RegistryError) in try entry.descriptor }
        self.platforms = (document.manifests ?? []).map { entry in
            entry.platform.map { Platform(os: $0.os ?? "", architecture: $0.architecture ?? "") }
        }
        self.addresses = (document.layers ?? []).flatMap { layer in
            MediaType(layer.mediaType ?? "").isImageLayer ? layer.urls ?? [] : []
        }
        self.configuration = document.config.map { MediaType($0.mediaType ?? "") }
        self.subject = try document.subject?.descriptor
        // Empty counts as missing (OCI distribution specification, "Listing Referrers").
        let artifactType = document.artifactType.flatMap { $0.isEmpty ? nil : $0 }
        self.artifactType = artifactType ?? document.config?.mediaType
        self.annotations = document.annotations ?? [:]
    }

    /// Whether JSON is in UTF-8 and without a byte order mark; the decoder would take other encodings, clients do not.
    private static func isUTF8(_ json: Data) -> Bool {
        !json.contains(0) && (json.first ?? 0) < 0x80
    }

    /// Names the place of a decoding error, without quoting the input.
    private static func explain(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "malformed JSON" }
        let (problem, context) =
            switch error {
            case .keyNotFound(let key, let context): ("missing \(key.stringValue)", context)
            case .typeMismatch(_, let context): ("wrong type", context)
            case .valueNotFound(_, let context): ("null", context)
            case .dataCorrupted(let context): ("malformed JSON", context)
            @unknown default: ("malformed JSON", DecodingError.Context(codingPath: [], debugDescription: ""))
            }
        let path = context.codingPath.map(\.stringValue).joined(separator: ".")
        return path.isEmpty ? problem : "\(problem) at \(path)"
    }
}

extension ManifestFacts {
    /// The parts of any manifest that the registry looks at.
    private struct Document: Decodable {
        var schemaVersion: Int?
        var mediaType: String?
        var artifactType: String?
        var config: Entry?
        var layers: [Entry]?
        var blobs: [Entry]?
        var manifests: [Entry]?
        var subject: Entry?
        var annotations: [String: String]?
        var signatures: [Signature]?

        /// The type of a manifest that does not name it.
        var inferredType: MediaType? {
            switch schemaVersion {
            case 1: signatures == nil ? .dockerUnsigned : .dockerSigned
            case 2 where manifests != nil && layers == nil && config == nil: .ociIndex
            case 2 where manifests == nil && config != nil: .ociManifest
            default: nil
            }
        }
    }

    private struct Entry: Decodable {
        var mediaType: String?
        var digest: String
        var size: Int64?
        var urls: [String]?
        var platform: PlatformEntry?

        /// Whether a layer must be in the repository.
        var isRequired: Bool { !MediaType(mediaType ?? "").isNonDistributable && (urls ?? []).isEmpty }

        var descriptor: Descriptor {
            get throws(RegistryError) {
                guard let size, size >= 0 else { throw .manifestInvalid("a descriptor needs a size of 0 or more") }
                return Descriptor(mediaType: MediaType(mediaType ?? ""), digest: try Digest(digest), size: size)
            }
        }
    }

    private struct PlatformEntry: Decodable {
        var os: String?
        var architecture: String?
    }

    private struct Signature: Decodable {}
}
