//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
package import RegistryModel
package import RegistryStorage
import RegistryTelemetry

/// A repository of this registry as the place of exports, each an artifact with a tag, pushed as clients push.
package struct ExportRepository: Sendable {
    private let name: RepositoryName
    private let context: StoreContext
    private let manifests: ManifestStore
    private let pool: IOPool

    package static let artifactType = "application/vnd.plimsoll.report.v1"

    package init(_ name: RepositoryName, _ context: StoreContext, _ manifests: ManifestStore, _ pool: IOPool) {
        self.name = name
        self.context = context
        self.manifests = manifests
        self.pool = pool
    }

    private var tags: TagStore { TagStore(context) }

    /// Whether there is an export of a name.
    func has(_ export: String) async throws(RegistryError) -> Bool { try await tag(export) != nil }

    private func tag(_ export: String) async throws(RegistryError) -> Digest? {
        do throws(RegistryError) {
            return try await manifests.resolve(.tag(try Tag(export)), in: name)
        } catch {
            guard error.code == .manifestUnknown || error.code == .nameUnknown else { throw error }
            return nil
        }
    }

    /// Pushes the files of an export, then the manifest that names them, with a tag.
    /// - Parameter folder: what the files are in.
    func publish(_ export: ExportManifest, from folder: String) async throws(RegistryError) -> Digest {
        let names = export.files.map { ($0.name, $0.mediaType) } + [(ExportManifest.fileName, "application/json")]
        var layers: [JSONText] = []
        for (file, mediaType) in names {
            let layer = try await push(file: "\(folder)/\(file)")
            layers.append(
                Self.descriptor(layer, mediaType, [("org.opencontainers.image.title", .string(file))])
            )
        }
        let configuration = try await push(bytes: ByteBuffer(string: "{}"))
        let manifest: JSONText = .object([
            ("schemaVersion", .number(2)), ("mediaType", .string(MediaType.ociManifest.description)),
            ("artifactType", .string(Self.artifactType)),
            ("config", Self.descriptor(configuration, "application/vnd.oci.empty.v1+json", [])),
            ("layers", .array(layers)),
            (
                "annotations",
                .object([
                    ("org.opencontainers.image.created", .string(export.takenAt.secondsDescription)),
                    ("org.opencontainers.image.title", .string(export.name)),
                ])
            ),
        ])
        let tag = try Tag(export.name)
        let push = ManifestStore.Push(
            bytes: ByteBuffer(string: manifest.text),
            mediaType: .ociManifest,
            expected: nil,
            tags: [tag],
            fixedTags: [tag]
        )
        return try await manifests.put(push, in: name).digest
    }

    /// Removes exports beyond those that stay; what they had is collected as garbage.
    func tidy(_ schedule: ExportSchedule) async throws(RegistryError) {
        let known: [Tag]
        do throws(RegistryError) {
            known = try await tags.list(in: name, after: nil, limit: nil).items.compactMap { try? Tag($0) }
        } catch {
            guard error.code == .nameUnknown else { throw error }
            return
        }
        for export in schedule.surplus(among: known.map(\.description)) {
            guard let digest = try await tag(export) else { continue }
            try await manifests.delete(digest, in: name, tags: tags)
        }
    }

    // MARK: Blobs

    private static func descriptor(
        _ content: Descriptor,
        _ mediaType: String,
        _ annotations: [(String, JSONText?)]
    ) -> JSONText {
        .object([
            ("mediaType", .string(mediaType)), ("digest", .string(content.digest.description)),
            ("size", .number(content.size)),
            ("annotations", annotations.isEmpty ? nil : .object(annotations)),
        ])
    }

    private func push(bytes: ByteBuffer) async throws(RegistryError) -> Descriptor {
        var rest: ByteBuffer? = bytes
        return try await push { () async throws(RegistryError) in
            defer { rest = nil }
            return rest
        }
    }

    private func push(file path: String) async throws(RegistryError) -> Descriptor {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Self.unreadable(path, errno) }
        defer { close(descriptor) }
        return try await push { () async throws(RegistryError) in try await read(descriptor, path) }
    }

    /// Uploads pieces until there is none.
    private func push(_ next: () async throws(RegistryError) -> ByteBuffer?) async throws(RegistryError) -> Descriptor {
        let uploads = UploadStore(context)
        let id = try await uploads.begin(in: name, at: .now)
        do throws(RegistryError) {
            var hasher = ContentHasher(.sha256)
            var session = try await uploads.resume(id, in: name, .sha256)
            while let piece = try await next() {
                piece.withUnsafeReadableBytes { hasher.update($0) }
                try await session.append(piece)
            }
            return try await session.commit(expecting: hasher.digest)
        } catch {
            // Others would have it until uploads are purged.
            try? await uploads.cancel(id, in: name)
            throw error
        }
    }

    /// - Returns: nil at the end.
    private func read(_ descriptor: CInt, _ path: String) async throws(RegistryError) -> ByteBuffer? {
        let result: Result<ByteBuffer?, RegistryError>
        do throws(StorageError) {
            result = try await pool.run { () throws(StorageError) in
                var (piece, count) = (ByteBuffer(), 0)
                piece.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.batch) { room in
                    count = Glibc.read(descriptor, room.baseAddress, Self.batch)
                    return max(count, 0)
                }
                guard count >= 0 else { return .failure(Self.unreadable(path, errno)) }
                return .success(count > 0 ? piece : nil)
            }
        } catch {
            throw RegistryError(.unavailable, cause: error.description)
        }
        return try result.get()
    }

    private static let batch = 1 << 20

    private static func unreadable(_ path: String, _ number: CInt) -> RegistryError {
        RegistryError(.unavailable, cause: "\(path): \(String(cString: strerror(number)))")
    }
}
