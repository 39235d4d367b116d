//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryTelemetry

extension SpanWork {
    /// From a fixed set, but for what libraries call theirs.
    var name: String {
        switch self {
        case .storage(let action, _, _, _): "storage \(action.rawValue)"
        case .authorize: "authorize"
        case .cache: "manifest cache"
        case .localCache: "local cache"
        case .upload(let stage, _): "upload \(stage.rawValue)"
        case .digest: "digest"
        case .send: "send"
        case .ledger(let work, _): "ledger \(work.rawValue)"
        case .backend(let call): call.target.map { "\($0.method) object store" } ?? "object store"
        case .library(let span): span.name.cut()
        }
    }

    var kind: SpanKind {
        switch self {
        case .library(let span): span.kind
        case .backend: .client
        default: .internal
        }
    }

    var attributes: [SpanAttribute] {
        switch self {
        case .storage(let action, let driver, let path, let bytes):
            [
                .init(.storageAction, action.rawValue), .init(.storageDriver, driver),
                .init(.storagePath, Self.hash(path)),
            ] + Self.size(bytes)
        case .authorize(let result, let reason):
            [.init(.authResult, result.rawValue), .init(.authReason, reason.rawValue)]
        case .cache(let outcome): [.init(.cache, outcome.rawValue)]
        case .localCache(let result): [.init(.cache, result.rawValue)]
        case .upload(let stage, let bytes): [.init(.stage, stage.rawValue)] + Self.size(bytes)
        case .digest(let bytes), .send(let bytes): Self.size(bytes)
        case .ledger(let work, let events):
            [.init(.ledgerWork, work.rawValue)] + (events.map { [.init(.ledgerEvents, $0)] } ?? [])
        case .backend(let call): call.attributes
        case .library(let span):
            span.attributes.map { attribute in
                guard case .text(let text) = attribute.value else { return attribute }
                return SpanAttribute(attribute.key, .text(text.cut()))
            }
        }
    }

    private static func size(_ bytes: Int64?) -> [SpanAttribute] {
        bytes.map { [.init(.bytes, $0)] } ?? []
    }

    /// The same for the same path, so that calls can be told apart and counted; 16 hexadecimal characters.
    ///
    /// FNV-1a, 64 bits (draft-eastlake-fnv).
    static func hash(_ path: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in path.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(unsafeUninitializedCapacity: 16) { buffer in
            writeHexadecimal(hash, to: buffer)
            return 16
        }
    }
}
