//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import RegistryHTTP
import RegistryTelemetry

extension ServerEncryption {
    /// Reads the certificate that the configuration names.
    /// - Throws: words for the operator, with the key of the configuration.
    convenience init(_ settings: TLSSettings, observer: any Observer) throws(StartFailure) {
        let settings = try EncryptionSettings(settings)
        do {
            try self.init(settings, observer: observer)
        } catch {
            throw StartFailure(message: "configuration error: \(error)")
        }
    }

    /// Reads what a configuration names, without using it yet.
    /// - Throws: as the initializer does.
    func prepare(_ settings: TLSSettings) throws(StartFailure) -> PreparedCertificate {
        let settings = try EncryptionSettings(settings)
        do {
            return try prepare(settings)
        } catch {
            throw StartFailure(message: "configuration error: \(error)")
        }
    }
}

extension EncryptionSettings {
    init(_ settings: TLSSettings) throws(StartFailure) {
        // Others are refused before (see `UnservedSettings`).
        guard case .files(let certificate, let key) = settings.identity else {
            throw StartFailure(message: "configuration error: http.tls.letsencrypt: not supported yet")
        }
        self.init(
            certificate: certificate,
            key: key,
            clientAuthorities: settings.clientAuthorities,
            clientAuthentication: .init(settings.clientAuthentication),
            requiresTLS13: settings.minimumVersion == .tls13,
            cipherSuites: settings.cipherSuites.filter { !$0.isTLS13 }.map(\.number)
        )
    }
}

extension TLSSettings {
    /// Whether the certificate comes from an authority by ACME.
    var usesACME: Bool {
        if case .acme = identity { true } else { false }
    }
}

extension EncryptionSettings.ClientAuthentication {
    init(_ authentication: TLSSettings.ClientAuthentication) {
        self =
            switch authentication {
            case .none: .none
            case .request: .request
            case .requireAny: .requireAny
            case .verifyIfGiven: .verifyIfGiven
            case .requireAndVerify: .requireAndVerify
            }
    }
}
