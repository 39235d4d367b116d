//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel

/// Keys by their names: a JSON Web Key Set (RFC 7517), as `auth.token.jwks` names one.
package struct KeySet: Sendable {
    private(set) var keys: [String: VerificationKey] = [:]
    /// Keys that nothing can be verified with.
    private(set) var ignored: [IgnoredEntry] = []
    private static let maximumKeys = 1000

    /// Reads a key set.
    /// - Throws: if it is none, or no key of it can be used.
    package init(_ text: String) throws(AuthFileError) {
        let document: StrictJSON
        do {
            document = try StrictJSON(Array(text.utf8))
        } catch {
            throw AuthFileError("not a JSON Web Key Set: \(error.message)")
        }
        guard let list = document["keys"]?.array else { throw AuthFileError("not a JSON Web Key Set: no list of keys") }
        guard list.count <= Self.maximumKeys else { throw AuthFileError("more than \(Self.maximumKeys) keys") }
        for (index, item) in list.enumerated() {
            do {
                try add(item)
            } catch {
                ignored.append(IgnoredEntry(line: nil, cause: "key \(index + 1): \(error)"))
            }
        }
        guard !keys.isEmpty else {
            throw AuthFileError("no key can be used" + (ignored.first.map { "; \($0.cause)" } ?? ""))
        }
    }

    private mutating func add(_ item: StrictJSON) throws(AuthFileError) {
        if let use = item["use"], use.string != "sig" { throw AuthFileError("not for signatures") }
        if let uses = item["key_ops"]?.array, !uses.contains(.string("verify")) {
            throw AuthFileError("not for verifying signatures")
        }
        let key = try Self.key(item)
        let names = [item["kid"]?.string].compactMap(\.self) + key.fingerprints
        guard let name = names.first else { throw AuthFileError("it has no kid") }
        guard keys[name] == nil else { throw AuthFileError("another key has the same kid") }
        for name in names where keys[name] == nil { keys[name] = key }
    }

    private static func key(_ item: StrictJSON) throws(AuthFileError) -> VerificationKey {
        var algorithm: SigningAlgorithm?
        if let name = item["alg"] {
            algorithm = name.string.flatMap { SigningAlgorithm(rawValue: $0) }
            guard algorithm != nil else { throw AuthFileError("alg is none that tokens are signed with") }
        }
        func bytes(_ name: String) throws(AuthFileError) -> [UInt8] {
            guard let bytes = item[name]?.string.flatMap({ Base64.decode($0.utf8, .url) }), !bytes.isEmpty else {
                throw AuthFileError("\(name) is not base64url")
            }
            return bytes
        }
        switch (item["kty"]?.string, item["crv"]?.string) {
        case ("RSA", _):
            let (n, e) = (try bytes("n"), try bytes("e"))
            guard n.count <= 1024, e.count <= 8 else { throw AuthFileError("an RSA key of more than 8192 bits") }
            return try VerificationKey(plimsoll_rsa_key(n, n.count, e, e.count), algorithm: algorithm)
        case ("EC", let curve):
            let (x, y) = (try bytes("x"), try bytes("y"))
            guard let bits = ["P-256": 256, "P-384": 384, "P-521": 521][curve ?? ""], x.count == y.count else {
                throw AuthFileError("a key on an unknown curve")
            }
            return try VerificationKey(plimsoll_ec_key(CInt(bits), x, y, x.count), algorithm: algorithm)
        case ("OKP", "Ed25519"):
            let x = try bytes("x")
            guard x.count == 32 else { throw AuthFileError("an Ed25519 key that has not 32 bytes") }
            return try VerificationKey(plimsoll_ed25519_key(x), algorithm: algorithm)
        case ("oct", _):
            return try VerificationKey(secret: try bytes("k"), algorithm: algorithm)
        default:
            throw AuthFileError("a key of an unknown type")
        }
    }
}
