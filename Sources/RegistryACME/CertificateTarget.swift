//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// What serves with the certificates.
package protocol CertificateTarget: Sendable {
    /// Serves a host with a certificate from now on.
    /// - Parameter pem: its key, itself, and those that lead to its authority, in PEM form.
    /// - Throws: if it cannot be served with.
    func serve(_ host: String, with pem: [UInt8]) throws

    /// Shows a certificate to whoever asks for the answer to a challenge of a host (RFC 8737 §3).
    /// - Parameter pem: its key and itself, in PEM form.
    /// - Throws: if it cannot be served with.
    func answerChallenge(of host: String, with pem: [UInt8]) throws

    func endChallenge(of host: String)

    /// Whether a host without a certificate gets one soon, so that clients had better wait.
    func expectCertificate(for host: String, _ isExpected: Bool)
}
