//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOSSL

extension OTLPSettings.TLS {
    /// Reads the files, which blocks.
    func configuration() throws(CollectorFileError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let certificate { tls.trustRoots = .certificates(try certificate.certificates()) }
        if let clientCertificate {
            tls.certificateChain = try clientCertificate.certificates().map { .certificate($0) }
        }
        if let clientKey { tls.privateKey = .privateKey(try clientKey.key()) }
        return tls
    }
}

extension OTLPSettings.TLS.File {
    fileprivate func certificates() throws(CollectorFileError) -> [NIOSSLCertificate] {
        try reading(otherwise: "has no certificate in PEM form") { try NIOSSLCertificate.fromPEMFile(path) }
    }

    fileprivate func key() throws(CollectorFileError) -> NIOSSLPrivateKey {
        try reading(otherwise: "has no private key in PEM form, or one with a passphrase, which cannot be used") {
            // Without one of ours the library would ask at the terminal.
            try NIOSSLPrivateKey(file: path, format: .pem) { (give: NIOSSLPassphraseSetter<[UInt8]>) in give([]) }
        }
    }

    private func reading<Output>(
        otherwise: String,
        _ read: () throws -> Output
    ) throws(CollectorFileError) -> Output {
        // The library hides why a file cannot be read.
        guard access(path, R_OK) == 0 else {
            throw CollectorFileError(name: name, path: path, cause: String(cString: strerror(errno)))
        }
        do { return try read() } catch { throw CollectorFileError(name: name, path: path, cause: otherwise) }
    }
}
