//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel
import RegistryTelemetry

/// A token taken apart: a JSON Web Signature in its compact form (RFC 7515 §7.1), of which nothing is believed yet.
struct TokenEnvelope {
    let algorithm: SigningAlgorithm
    let keyName: KeyName
    /// What is signed.
    let message: [UInt8]
    let signature: [UInt8]
    private let payload: [UInt8]

    /// How the token says which key it is signed with.
    enum KeyName {
        /// By the name of a key that the registry has.
        case name(String)
        /// By a chain of certificates, the leaf first.
        case chain([Certificate])
    }

    static let maximumCertificates = 10

    /// Takes a token apart.
    /// - Throws: what is wrong with its form.
    init(_ token: Substring) throws(Refusal) {
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .token(.tokenMalformed, "not of three parts") }
        func decode(_ index: Int, _ name: String) throws(Refusal) -> [UInt8] {
            guard let bytes = Base64.decode(parts[index], .url), !bytes.isEmpty else {
                throw .token(.tokenMalformed, "the \(name) is not base64url")
            }
            return bytes
        }
        let header = try Self.json(try decode(0, "header"), "header")
        self.payload = try decode(1, "payload")
        self.signature = try decode(2, "signature")
        self.message = Array(token.utf8.prefix(parts[0].count + 1 + parts[1].count))
        guard let algorithm = header["alg"]?.string else { throw .token(.tokenMalformed, "no alg") }
        guard let known = SigningAlgorithm(rawValue: algorithm) else {
            throw .token(.tokenAlgorithm, "alg is \(algorithm.shown)")
        }
        self.algorithm = known
        // RFC 7515 §4.1.11: what must be understood, and is not, makes the token invalid; nothing of it is understood.
        if let critical = header["crit"]?.array?.first?.string {
            throw .token(.tokenMalformed, "crit has \(critical.shown), which is unknown")
        }
        for name in ["crit", "b64", "zip", "enc"] where header[name] != nil {
            throw .token(.tokenMalformed, "the header has \(name)")
        }
        self.keyName = try Self.keyName(header)
    }

    /// The claims; to be asked for only when the signature has been found good.
    func claims() throws(Refusal) -> StrictJSON { try Self.json(payload, "payload") }

    private static func json(_ bytes: [UInt8], _ name: String) throws(Refusal) -> StrictJSON {
        let value: StrictJSON
        do throws(JSONFault) {
            value = try StrictJSON(bytes)
        } catch {
            throw .token(.tokenMalformed, "the \(name): \(error.message)")
        }
        guard value.isObject else { throw .token(.tokenMalformed, "the \(name) is no object") }
        return value
    }

    /// As distribution looks for it: in `jwk`, of which only the name or the chain is taken and never the key, then in
    /// `kid`, then in `x5c`.
    private static func keyName(_ header: StrictJSON) throws(Refusal) -> KeyName {
        let inner = header["jwk"] ?? header
        guard inner.isObject else { throw .token(.tokenMalformed, "jwk is no object") }
        if header["jwk"] != nil, let chain = inner["x5c"] { return .chain(try certificates(chain)) }
        if let name = inner["kid"] {
            guard let name = name.string, !name.isEmpty else { throw .token(.tokenMalformed, "kid is no text") }
            return .name(name)
        }
        guard let chain = inner["x5c"] else { throw .token(.tokenKeyUnknown, "neither kid nor x5c") }
        return .chain(try certificates(chain))
    }

    private static func certificates(_ chain: StrictJSON) throws(Refusal) -> [Certificate] {
        guard let items = chain.array, (1...maximumCertificates).contains(items.count) else {
            throw .token(.tokenChain, "x5c is no list of 1 to \(maximumCertificates) certificates")
        }
        return try items.map { item throws(Refusal) in
            guard let der = item.string.flatMap({ Base64.decode($0.utf8, .standard) }),
                let certificate = Certificate(der: der)
            else { throw .token(.tokenChain, "x5c has what is no certificate") }
            return certificate
        }
    }
}

extension Refusal {
    /// What is wrong with a token.
    static func token(_ reason: AuthReason, _ detail: String) -> Refusal { Refusal(.challenged, reason, detail) }
}

extension String {
    /// For the log: in quotes, and cut; the log escapes what is in it.
    var shown: String { "\"" + (utf8.count > 100 ? String(prefix(100)) + "…" : self) + "\"" }
}
