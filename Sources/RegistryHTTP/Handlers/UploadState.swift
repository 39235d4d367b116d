//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel

/// The `_state` of an upload's address, in distribution's form, so that its servers accept uploads begun here:
/// base64url of an HMAC-SHA256 over a JSON text, followed by that text.
///
/// Plimsoll itself needs none of it, since the storage knows the upload's length. A state that is signed with our secret
/// still tells where a client believes the upload to stand.
struct UploadState: Sendable, Equatable {
    let name: String
    let id: String
    /// Bytes the upload had when the address was given out.
    let offset: Int64

    /// - Parameter startedAt: RFC 3339.
    func signed(with secret: String, startedAt: String) -> String {
        let text = JSONText.object([
            ("Name", .string(name)), ("UUID", .string(id)), ("Offset", .number(offset)),
            ("StartedAt", .string(startedAt)),
        ]).text
        return Base64URL.encode(Self.signature(of: Array(text.utf8), secret) + Array(text.utf8))
    }

    /// The offset that a state of ours tells of an upload; nil for one that is foreign, forged or broken.
    static func offset(in state: String, of id: UploadID, in name: RepositoryName, secret: String) -> Int64? {
        guard let bytes = Base64URL.decode(state), bytes.count > 32 else { return nil }
        let text = Array(bytes[32...])
        guard constantTimeEqual(signature(of: text, secret), bytes[..<32]) else { return nil }
        // Signed with our secret, so it is of the one form that this file and distribution write.
        let json = String(decoding: text, as: UTF8.self)
        guard json.contains("\"Name\":\"\(name)\""), json.contains("\"UUID\":\"\(id)\""),
            let position = json.firstRange(of: "\"Offset\":")
        else { return nil }
        return Int64(json[position.upperBound...].prefix { $0.isASCII && $0.isNumber })
    }

    private static func signature(of bytes: [UInt8], _ secret: String) -> [UInt8] {
        let key = Array(secret.utf8)
        return [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            guard let base = buffer.baseAddress else { return }
            plimsoll_hmac_sha256(key, key.count, bytes, bytes.count, base)
            count = 32
        }
    }

    private static func constantTimeEqual(_ lhs: [UInt8], _ rhs: ArraySlice<UInt8>) -> Bool {
        lhs.count == rhs.count && zip(lhs, rhs).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
