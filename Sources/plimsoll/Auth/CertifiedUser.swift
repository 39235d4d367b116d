//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryAuth
import RegistryConfiguration
import RegistryTelemetry

/// Whom the server would take the holder of a certificate for.
struct CertifiedUser {
    /// Nil for nobody.
    let name: String?
    /// Whether nobody who shows it gets as far as a request.
    var isTurnedAway = false
    /// Why.
    let text: String

    /// - Parameters:
    ///   - file: path of the certificate.
    ///   - tls: nil without encryption.
    /// - Throws: for a file that holds no certificate.
    init(file: String, _ tls: TLSSettings?) throws(StartFailure) {
        let name: String?
        do throws(AuthFileError) {
            name = try ClientCertificate.name(file: file)
        } catch {
            throw StartFailure(message: "plimsoll: \(file): \(error)")
        }
        guard let tls, tls.clientAuthentication.verifies else {
            self.name = nil
            self.text = "http.tls.clientauth: certificates of clients are not verified, and so nobody's"
            return
        }
        let problem: String?
        do throws(AuthFileError) {
            problem = try ClientCertificate.problem(file: file, authorities: tls.clientAuthorities, at: .now)
        } catch {
            throw StartFailure(message: "plimsoll: http.tls.clientcas: \(error)")
        }
        if let problem {
            self.name = nil
            self.isTurnedAway = true
            self.text = "no connection is made with this certificate: \(problem)"
            return
        }
        self.name = name
        self.text =
            name.map { "the certificate is \($0)'s, by http.tls.clientcas" }
            ?? "the certificate has no name that a user could have"
    }
}
