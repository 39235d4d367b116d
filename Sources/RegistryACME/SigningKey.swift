//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
import RegistryModel

/// A private key on P-256: of an account, or of a certificate.
final class SigningKey: Sendable {
    /// libcrypto's key, which is only read.
    nonisolated(unsafe) private let key: OpaquePointer
    /// The two coordinates of the public key.
    private let point: (x: [UInt8], y: [UInt8])

    private static let coordinateBytes = 32
    private static let maximumBytes = 16 << 10

    private init(owning key: OpaquePointer) throws(KeyFault) {
        self.key = key
        func coordinate(_ name: String) -> [UInt8] {
            var bytes = [UInt8](repeating: 0, count: Self.coordinateBytes)
            let count = plimsoll_key_number(key, name, &bytes, bytes.count)
            // Without the zeros at its beginning, as it comes.
            return Array(repeating: 0, count: bytes.count - count) + bytes[..<count]
        }
        var bits: CInt = 0
        guard plimsoll_key_type(key, &bits) == CInt(PLIMSOLL_EC), bits == 256 else {
            self.point = ([], [])
            throw KeyFault("not a key on P-256")
        }
        self.point = (coordinate("qx"), coordinate("qy"))
    }

    /// Makes a key by chance.
    convenience init() throws(KeyFault) {
        guard let key = plimsoll_new_key() else { throw KeyFault("no key could be made") }
        try self.init(owning: key)
    }

    /// The first key in a text in PEM form: SEC 1, as distribution writes them, or PKCS #8.
    convenience init(pem: [UInt8]) throws(KeyFault) {
        let key = pem.withUnsafeBytes { bytes in
            plimsoll_private_key(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
        guard let key else { throw KeyFault("no private key in PEM form") }
        try self.init(owning: key)
    }

    deinit { plimsoll_free_key(key) }

    /// The key in PEM form, as distribution writes it.
    var pem: [UInt8] { bytes { plimsoll_private_key_pem(key, $0, $1) } }

    /// A JSON Web Key of the public half (RFC 7517), its members in the order that a thumbprint needs.
    var publicJWK: JSONText {
        .object([
            ("crv", .string("P-256")), ("kty", .string("EC")),
            ("x", .string(Base64URL.encode(point.x, isPadded: false))),
            ("y", .string(Base64URL.encode(point.y, isPadded: false))),
        ])
    }

    /// The thumbprint of RFC 7638, which stands for the account in answers to challenges.
    var thumbprint: String { Base64URL.encode(SHA256.digest(of: Array(publicJWK.text.utf8)), isPadded: false) }

    /// Signs by ES256.
    func signature(of message: [UInt8]) throws(KeyFault) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 2 * Self.coordinateBytes)
        guard plimsoll_sign_es256(key, message, message.count, &signature) == 0 else {
            throw KeyFault("the key could not sign")
        }
        return signature
    }

    /// A request for a certificate of this key, in DER.
    func certificateRequest(for host: String) throws(KeyFault) -> [UInt8] {
        let request = der { plimsoll_certificate_request(key, host, $0, $1) }
        guard !request.isEmpty else { throw KeyFault("no certificate request could be made") }
        return request
    }

    /// A certificate of this key that answers a challenge (RFC 8737 §3), in PEM form.
    /// - Parameter authorization: the key authorization (RFC 8555 §8.1).
    func challengeCertificate(for host: String, authorization: String) throws(KeyFault) -> [UInt8] {
        let digest = SHA256.digest(of: Array(authorization.utf8))
        let certificate = bytes { plimsoll_challenge_certificate(key, host, digest, $0, $1) }
        guard !certificate.isEmpty else { throw KeyFault("no certificate for the challenge could be made") }
        return certificate
    }

    /// Looks at the first certificate of a text in PEM form.
    /// - Returns: from when to when it counts.
    /// - Throws: if it is not one of this key for a host.
    func validity(of pem: [UInt8], for host: String) throws(KeyFault) -> (notBefore: Int64, notAfter: Int64) {
        var (notBefore, notAfter) = (Int64(0), Int64(0))
        let fault = pem.withUnsafeBytes { bytes in
            plimsoll_check_certificate(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                bytes.count,
                host,
                key,
                &notBefore,
                &notAfter
            )
        }
        if let fault { throw KeyFault(String(cString: fault)) }
        return (notBefore, notAfter)
    }

    private func bytes(_ write: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> [UInt8] {
        der { bytes, capacity in
            bytes?.withMemoryRebound(to: CChar.self, capacity: capacity) { write($0, capacity) } ?? 0
        }
    }

    private func der(_ write: (UnsafeMutablePointer<UInt8>?, Int) -> Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.maximumBytes) { buffer, count in
            count = write(buffer.baseAddress, buffer.count)
        }
    }
}

/// What is wrong with a key, or with what was to be made with it.
struct KeyFault: Error {
    let cause: String

    init(_ cause: String) { self.cause = cause }
}

/// SHA-256 of few bytes.
enum SHA256 {
    static func digest(of bytes: [UInt8]) -> [UInt8] {
        var state = plimsoll_sha256()
        var digest = [UInt8](repeating: 0, count: 32)
        plimsoll_sha256_init(&state)
        plimsoll_sha256_update(&state, bytes, bytes.count)
        plimsoll_sha256_final(&state, &digest)
        return digest
    }
}
