//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryTelemetry

/// Links: small files whose text is a digest.
///
/// An empty or malformed link, such as a crash of another server leaves behind, is as good as none: it is counted, told
/// of, and replaced by the next push.
struct LinkStore: Sendable {
    let context: StoreContext

    /// Longer than any link; what is longer is none.
    static let maximumBytes = 1024

    /// Follows a link.
    /// - Parameters:
    ///   - path: of the link.
    ///   - digest: the one in the path, nil where the path has none. Distribution lets a sha512 link lead to the sha256
    ///     name of the same content; a link to another digest of the same algorithm is malformed.
    ///   - isRecent: whether it may be what the link said a moment ago, which does for pulls and for nothing else.
    /// - Returns: the digest it leads to; nil if there is no link, or a malformed one.
    func target(of path: StoragePath, named digest: Digest? = nil, isRecent: Bool = false) async throws(RegistryError)
        -> Digest?
    {
        let bytes: ByteBuffer
        do throws(StorageError) {
            bytes =
                isRecent
                ? try await context.driver.readRecent(path, limit: Self.maximumBytes)
                : try await context.driver.read(path, limit: Self.maximumBytes)
        } catch {
            guard error.code != .notFound else { return nil }
            guard error.code == .tooLarge else { throw context.registryError(error) }
            noteMalformed(path)
            return nil
        }
        guard let target = Self.target(bytes, named: digest) else {
            noteMalformed(path)
            return nil
        }
        return target
    }

    /// The digest that a link's content tells; nil for what is malformed.
    static func target(_ bytes: ByteBuffer, named digest: Digest?) -> Digest? {
        guard let target = try? Digest(String(buffer: bytes)),
            digest.map({ $0 == target || $0.algorithm != target.algorithm }) ?? true
        else { return nil }
        return target
    }

    /// Makes a link, or points it elsewhere.
    func set(_ path: StoragePath, to digest: Digest, _ durability: Durability = .durable) async throws(RegistryError) {
        let text = ByteBuffer(string: digest.description)
        let previous = try await context.call { () async throws(StorageError) in
            try await context.driver.replace(path, with: text, durability)
        }
        let lengths = DigestAlgorithm.allCases.map { Int64($0.rawValue.utf8.count + 1 + $0.hexLength) }
        if let previous, !lengths.contains(previous) {
            context.instruments.linksHealed.add()
            context.observer.note(ServerEvent(.linkHealed, [.init(.path, .text(path.description))]))
        }
    }

    private func noteMalformed(_ path: StoragePath) {
        context.instruments.linksMalformed.add()
        context.observer.note(ServerEvent(.linkMalformed, [.init(.path, .text(path.description))]))
    }
}
