//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import CPlimsoll
package import RegistryTelemetry

/// Whom a certificate stands for.
///
/// The rule: its common name; where it has none, the first DNS name, mail address or URI of its alternative names. One with
/// several common names stands for nobody, since they might be taken for different users.
package enum ClientCertificate {
    /// Longer names are none, as in Basic credentials.
    private static let maximumBytes = 255

    /// The name in a certificate that somebody has verified.
    /// - Returns: nil for what is no certificate, or has no name that a user could have.
    package static func name(der: [UInt8]) -> String? { Certificate(der: der)?.name }

    /// The name in the first certificate of a file in PEM form, which blocks.
    /// - Throws: for a file that cannot be read or holds no certificate.
    package static func name(file: String) throws(AuthFileError) -> String? { try certificates(file)[0].name }

    /// Why a server would not take the first certificate of a file from a client, which blocks; nil if it would.
    ///
    /// The file's further certificates are those that lead to an authority.
    /// - Parameters:
    ///   - authorities: files in PEM form.
    ///   - time: at which it is shown.
    /// - Throws: for a file that cannot be read or holds no certificate.
    package static func problem(
        file: String,
        authorities: [String],
        at time: WallTime
    ) throws(AuthFileError) -> String? {
        var roots: [Certificate] = []
        for path in authorities {
            do throws(AuthFileError) {
                roots += try certificates(path)
            } catch {
                throw AuthFileError("\(path): \(error)")
            }
        }
        return Certificate.problem(of: try certificates(file), roots: roots, time: time.microseconds / 1_000_000)
    }

    /// At least one.
    private static func certificates(_ file: String) throws(AuthFileError) -> [Certificate] {
        let certificates = try TrustBundle(try AuthFile<TrustBundle>.text(of: file, 1 << 20)).roots
        guard !certificates.isEmpty else { throw AuthFileError("has no certificate") }
        return certificates
    }

    fileprivate static func validated(_ bytes: some Collection<UInt8>) -> String? {
        guard (1...maximumBytes).contains(bytes.count), bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            return nil
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension Certificate {
    /// By the rule of ``ClientCertificate``.
    var name: String? {
        var buffer = [UInt8](repeating: 0, count: 256)
        let count = withPointer { plimsoll_certificate_name($0, &buffer, buffer.count) }
        return ClientCertificate.validated(buffer[..<min(count, buffer.count)])
    }
}
