//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel
import RegistryStorage

/// Headers by which a receiver knows who has sent a message, and when.
///
/// Source: Standard Webhooks 1.0, "Webhook metadata" and "Signature scheme": `v1,` and base64 of an HMAC-SHA256 over
/// id, time and body with dots between; one for each key, with spaces between, so that keys can be exchanged.
struct WebhookSignature: Sendable, Equatable {
    /// None for a message that is not signed.
    let keys: [[UInt8]]

    /// - Parameters:
    ///   - ids: of the events in the message. Several make one of their own, which is the same for the same events.
    ///   - time: seconds since 1970.
    func headers(for body: [UInt8], ids: [String], time: Int64) -> [(name: String, value: String)] {
        let id = ids.count == 1 ? ids[0] : Self.name(of: ids)
        var headers = [(name: "webhook-id", value: id), (name: "webhook-timestamp", value: String(time))]
        guard !keys.isEmpty else { return headers }
        let signed = Array("\(id).\(time).".utf8) + body
        let signatures = keys.map { "v1," + Base64.encode(Self.code(of: signed, with: $0)) }
        headers.append((name: "webhook-signature", value: signatures.joined(separator: " ")))
        return headers
    }

    /// The key that a secret stands for: `whsec_` and base64, or the bytes of any other text.
    static func key(_ secret: String) -> [UInt8] {
        let prefix = "whsec_"
        guard secret.hasPrefix(prefix), let key = Base64.decode(secret.utf8.dropFirst(prefix.utf8.count), .standard)
        else {
            return Array(secret.utf8)
        }
        return key
    }

    private static func name(of ids: [String]) -> String {
        var hasher = ContentHasher(.sha256)
        Array(ids.joined(separator: "\n").utf8).withUnsafeBytes { hasher.update($0) }
        return "batch-" + hasher.digest.description.drop { $0 != ":" }.dropFirst().prefix(32)
    }

    private static func code(of bytes: [UInt8], with key: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            plimsoll_hmac_sha256(key, key.count, bytes, bytes.count, base)
            count = 32
        }
    }
}
