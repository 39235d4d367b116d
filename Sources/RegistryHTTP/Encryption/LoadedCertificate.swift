//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import NIOSSL
import RegistryTelemetry

/// A certificate with those that lead to its authority, and TLS that shows it.
struct LoadedCertificate: Sendable {
    let context: NIOSSLContext
    private let chain: [NIOSSLCertificate]
    private let key: NIOSSLPrivateKey

    /// Reads the files of the configuration, which blocks.
    /// - Throws: ``EncryptionError``, which names the key of the configuration and the file.
    init(certificate: String, key: String, _ rules: HandshakeRules) throws(EncryptionError) {
        self.chain = try PEMFile.certificates(certificate, of: "http.tls.certificate")
        self.key = try PEMFile.key(key)
        do {
            self.context = try rules.context(chain, self.key)
        } catch {
            // All files have been read, so that what is left is whether they belong together.
            throw EncryptionError(
                setting: "http.tls.key",
                path: key,
                cause: "does not belong to the first certificate in \(certificate)"
            )
        }
    }

    /// Takes what an authority has issued.
    /// - Parameter pem: the key and the certificates, in PEM form.
    init(pem: [UInt8], _ rules: HandshakeRules) throws {
        self.chain = try NIOSSLCertificate.fromPEMBytes(pem)
        self.key = try PEMFile.key(bytes: pem)
        self.context = try rules.context(chain, key)
    }

    /// The same certificate by other rules; as it is, where it cannot be by these.
    func following(_ rules: HandshakeRules) -> LoadedCertificate {
        guard let context = try? rules.context(chain, key) else { return self }
        return LoadedCertificate(context, chain, key)
    }

    private init(_ context: NIOSSLContext, _ chain: [NIOSSLCertificate], _ key: NIOSSLPrivateKey) {
        self.context = context
        self.chain = chain
        self.key = key
    }

    /// When it ends, or the first one on the way to its authority that does.
    var notAfter: WallTime { WallTime(seconds: chain.map(\.notValidAfter).min() ?? 0) }

    /// When it began to count.
    var notBefore: WallTime { WallTime(seconds: chain.first?.notValidBefore ?? 0) }
}

extension WallTime {
    fileprivate init(seconds: time_t) { self.init(microseconds: Int64(seconds) * 1_000_000) }
}

/// Files in PEM form that keys of the configuration name.
///
/// Reading them blocks.
enum PEMFile {
    static func certificates(_ path: String, of setting: String) throws(EncryptionError) -> [NIOSSLCertificate] {
        try reading(path, of: setting, otherwise: "has no certificate in PEM form") {
            try NIOSSLCertificate.fromPEMFile(path)
        }
    }

    static func key(_ path: String) throws(EncryptionError) -> NIOSSLPrivateKey {
        let otherwise = "has no private key in PEM form, or one with a passphrase, which cannot be used"
        return try reading(path, of: "http.tls.key", otherwise: otherwise) {
            // Without one of ours the library would ask at the terminal.
            try NIOSSLPrivateKey(file: path, format: .pem) { (give: NIOSSLPassphraseSetter<[UInt8]>) in give([]) }
        }
    }

    static func key(bytes: [UInt8]) throws -> NIOSSLPrivateKey {
        try NIOSSLPrivateKey(bytes: bytes, format: .pem) { (give: NIOSSLPassphraseSetter<[UInt8]>) in give([]) }
    }

    private static func reading<Output>(
        _ path: String,
        of setting: String,
        otherwise: String,
        _ read: () throws -> Output
    ) throws(EncryptionError) -> Output {
        // The library takes a folder for an empty file, and hides why others cannot be read.
        guard access(path, R_OK) == 0 else {
            throw EncryptionError(setting: setting, path: path, cause: String(cString: strerror(errno)))
        }
        do { return try read() } catch { throw EncryptionError(setting: setting, path: path, cause: otherwise) }
    }
}
