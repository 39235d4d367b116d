//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryAuth
import RegistryConfiguration

/// Whom the server would take the holder of a certificate for.
struct CertifiedUser {
    /// Nil for nobody.
    let name: String?
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
        guard tls?.clientAuthentication.verifies == true else {
            self.name = nil
            self.text = "http.tls.clientauth: certificates of clients are not verified, and so nobody's"
            return
        }
        self.name = name
        self.text =
            name.map { "the certificate is \($0)'s, if it comes from one of http.tls.clientcas" }
            ?? "the certificate has no name that a user could have"
    }
}
