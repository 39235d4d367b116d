//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// An authority of a test's own, and the certificates that it hands out; made by openssl, ended with the test.
package struct TestAuthority: Sendable {
    /// A certificate and its key, as files in PEM form.
    package struct Identity: Sendable {
        package let certificate: String
        package let key: String
        /// Keeps the files there.
        private let folder: TemporaryFolder

        /// A pair of files in a folder.
        package init(certificate: String, key: String, in folder: TemporaryFolder) {
            self.certificate = certificate
            self.key = key
            self.folder = folder
        }
    }

    /// The kind of key.
    package enum KeyKind: Sendable {
        case rsa, elliptic

        fileprivate var arguments: [String] {
            switch self {
            case .rsa: ["-newkey", "rsa:2048"]
            case .elliptic: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
            }
        }
    }

    /// Where all files are.
    package let folder: TemporaryFolder
    private let own: Identity

    /// Makes an authority.
    package init() async throws {
        folder = try TemporaryFolder()
        own = Identity(certificate: folder.path + "/authority.pem", key: folder.path + "/authority.key", in: folder)
        try await Self.make(own, "authority", .elliptic, 3650, ["-addext", "basicConstraints=critical,CA:TRUE"])
    }

    /// Path of the authority's certificate.
    package var certificate: String { own.certificate }

    /// Hands out a certificate for an address.
    /// - Parameters:
    ///   - name: of the files and of the one it is for.
    ///   - days: until its end.
    ///   - address: where a server with it is to be found.
    package func issue(
        _ name: String,
        _ kind: KeyKind = .elliptic,
        days: Int = 365,
        address: String = "127.0.0.1"
    ) async throws -> Identity {
        let identity = Identity(
            certificate: "\(folder.path)/\(name).pem",
            key: "\(folder.path)/\(name).key",
            in: folder
        )
        let more = [
            "-CA", own.certificate, "-CAkey", own.key,
            "-addext", "subjectAltName=IP:\(address)", "-addext", "basicConstraints=critical,CA:FALSE",
        ]
        try await Self.make(identity, name, kind, days, more)
        return identity
    }

    private static func make(
        _ identity: Identity,
        _ name: String,
        _ kind: KeyKind,
        _ days: Int,
        _ more: [String]
    ) async throws {
        let arguments =
            ["req", "-x509", "-nodes", "-days", String(days), "-subj", "/CN=\(name)"]
            + kind.arguments + ["-keyout", identity.key, "-out", identity.certificate] + more
        try await Tool.output("openssl", arguments)
    }
}
