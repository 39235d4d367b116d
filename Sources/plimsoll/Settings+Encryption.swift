//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryACME
import RegistryConfiguration
import RegistryHTTP
import RegistryTelemetry

extension ServerEncryption: CertificateTarget {}

extension ServerEncryption {
    /// Reads the certificate that the configuration names.
    /// - Throws: words for the operator, with the key of the configuration.
    convenience init(
        _ tls: TLSSettings,
        of http: HTTPSettings,
        observer: any Observer,
        rejected: Gauge
    ) throws(StartFailure) {
        let settings = try EncryptionSettings(tls, of: http)
        do {
            try self.init(settings, observer: observer, rejected: rejected)
        } catch {
            throw StartFailure(message: "configuration error: \(error)")
        }
    }

    /// Reads what a configuration names, without using it yet.
    /// - Throws: as the initializer does.
    func prepare(_ tls: TLSSettings, of http: HTTPSettings) throws(StartFailure) -> PreparedCertificate {
        let settings = try EncryptionSettings(tls, of: http)
        do {
            return try prepare(settings)
        } catch {
            throw StartFailure(message: "configuration error: \(error)")
        }
    }
}

extension EncryptionSettings {
    init(_ settings: TLSSettings, of http: HTTPSettings) throws(StartFailure) {
        let source: Source
        switch settings.identity {
        case .files(let certificate, let key): source = .files(certificate: certificate, key: key)
        case .acme(let acme):
            source = .authority(hosts: acme.hosts)
            do {
                try CertificateFolder(path: acme.cacheFolder).prepare()
            } catch {
                throw StartFailure(message: "configuration error: http.tls.letsencrypt.cachefile: \(error)")
            }
        }
        self.init(
            source,
            clientAuthorities: settings.clientAuthorities,
            clientAuthentication: .init(settings.clientAuthentication),
            requiresTLS13: settings.minimumVersion == .tls13,
            cipherSuites: settings.cipherSuites.filter { !$0.isTLS13 }.map(\.number),
            offersHTTP2: !http.http2Disabled
        )
    }
}

extension ACMEService.Settings {
    /// - Returns: nil where certificates do not come from an authority.
    init?(_ http: HTTPSettings) {
        guard case .acme(let acme) = http.tls?.identity else { return nil }
        self.init(
            hosts: acme.hosts,
            directory: acme.directoryURL,
            email: acme.email,
            folder: CertificateFolder(path: acme.cacheFolder)
        )
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
