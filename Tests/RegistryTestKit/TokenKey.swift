//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Foundation

/// A key of a token server, made and used by openssl: an implementation of its own beside the one that verifies.
package struct TokenKey: Sendable {
    package let algorithm: String
    private let folder: TemporaryFolder

    /// Makes a key for an algorithm of RFC 7518, with a certificate for it.
    /// - Parameter issuer: who certifies it; nil for itself.
    package init(_ algorithm: String, bits: Int = 2048, issuer: TokenKey? = nil) async throws {
        self.algorithm = algorithm
        self.folder = try TemporaryFolder()
        let kind =
            switch algorithm {
            case "ES256": ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
            case "ES384": ["EC", "-pkeyopt", "ec_paramgen_curve:P-384"]
            case "ES512": ["EC", "-pkeyopt", "ec_paramgen_curve:P-521"]
            case "EdDSA": ["ED25519"]
            default: ["RSA", "-pkeyopt", "rsa_keygen_bits:\(bits)"]
            }
        try await Tool.output(
            "openssl",
            ["genpkey", "-quiet", "-algorithm"] + kind + ["-out", folder.path + "/key.pem"]
        )
        try await Tool.output(
            "openssl",
            ["req", "-x509", "-new", "-key", folder.path + "/key.pem", "-days", "2", "-out", folder.path + "/cert.pem"]
                + ["-subj", "/CN=token-\(UUID().uuidString)"]
                + (issuer.map { ["-CA", $0.folder.path + "/cert.pem", "-CAkey", $0.folder.path + "/key.pem"] } ?? [])
        )
    }

    /// Of the key itself, in PEM form.
    package var path: String { folder.path + "/key.pem" }

    package var certificatePath: String { folder.path + "/cert.pem" }

    package var certificate: String { get throws { try String(contentsOfFile: certificatePath, encoding: .utf8) } }

    /// The certificate in DER and base64, as `x5c` has it.
    package var x5c: String {
        get throws { try certificate.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined() }
    }

    package func publicKey() async throws -> String {
        try await Tool.output("openssl", ["pkey", "-in", folder.path + "/key.pem", "-pubout"])
    }

    /// Signs a token.
    /// - Parameters:
    ///   - header: further members of the header, in JSON, each with a comma behind it.
    ///   - claims: the payload in JSON.
    package func token(header: String, claims: String) async throws -> String {
        let message = Self.base64(#"{\#(header)"alg":"\#(algorithm)"}"#.utf8) + "." + Self.base64(claims.utf8)
        return message + "." + Self.base64(try await sign(Array(message.utf8)))
    }

    /// Signs bytes, in the form of RFC 7518.
    package func sign(_ message: [UInt8]) async throws -> [UInt8] {
        let work = try TemporaryFolder()
        try work.write(message, to: "message")
        var options = ["-sign", "-rawin", "-inkey", folder.path + "/key.pem", "-in", work.path + "/message"]
        if algorithm != "EdDSA" { options += ["-digest", "sha\(algorithm.suffix(3))"] }
        if algorithm.hasPrefix("PS") {
            options += ["-pkeyopt", "rsa_padding_mode:pss", "-pkeyopt", "rsa_pss_saltlen:digest"]
        }
        try await Tool.output("openssl", ["pkeyutl"] + options + ["-out", work.path + "/signature"])
        let signature = try work.files()["signature"] ?? []
        return algorithm.hasPrefix("ES")
            ? Self.raw(signature, half: ["256": 32, "384": 48][algorithm.suffix(3)] ?? 66) : signature
    }

    /// Two numbers side by side from a SEQUENCE of two INTEGERs.
    private static func raw(_ der: [UInt8], half: Int) -> [UInt8] {
        var position = der[1] == 0x81 ? 3 : 2
        var numbers: [UInt8] = []
        for _ in 0..<2 {
            let count = Int(der[position + 1])
            let number = der[(position + 2)..<(position + 2 + count)].drop { $0 == 0 }
            numbers += [UInt8](repeating: 0, count: half - number.count) + number
            position += 2 + count
        }
        return numbers
    }

    /// Base64url without padding.
    package static func base64(_ bytes: some Sequence<UInt8>) -> String {
        Data(bytes).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
