//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// Tokens of a token server: signed by somebody who is trusted, for this service.
package struct TokenSettings: Sendable, Equatable {
    /// The URL of the token server, which clients are told.
    package var realm: String
    /// The name of this registry, which tokens must have as an audience.
    package var service: String
    /// Whose tokens are taken.
    package var issuer: String
    /// A file of certificates and public keys in PEM form; nil for none.
    package var rootCertificateBundle: String?
    /// A file with a JSON Web Key Set; nil for none.
    package var keySet: String?
    /// Names of the algorithms that tokens may be signed with.
    package var signingAlgorithms: Set<String>
    /// Sends clients to a token server on the registry's own host, at this path; nil for the realm.
    package var redirectPath: String?
    /// By how much the clocks of the token server and of this one may differ.
    package var leeway: Duration

    /// The algorithms there are, which are also the default.
    package static let allAlgorithms = [
        "EdDSA", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "PS256", "PS384",
        "PS512",
    ]

    /// Creates settings; what is left out has its default.
    package init(
        realm: String,
        service: String,
        issuer: String,
        rootCertificateBundle: String? = nil,
        keySet: String? = nil,
        signingAlgorithms: Set<String> = Set(allAlgorithms),
        redirectPath: String? = nil,
        leeway: Duration = .seconds(60)
    ) {
        self.realm = realm
        self.service = service
        self.issuer = issuer
        self.rootCertificateBundle = rootCertificateBundle
        self.keySet = keySet
        self.signingAlgorithms = signingAlgorithms
        self.redirectPath = redirectPath
        self.leeway = leeway
    }
}

extension TokenSettings {
    /// Reads the section `auth.token`.
    init(reading token: SectionReader) {
        self.init(
            realm: token.requiredText("realm", example: "https://auth.example.com/token"),
            service: token.requiredText("service", example: "registry.example.com"),
            issuer: token.requiredText("issuer", example: "auth.example.com")
        )
        rootCertificateBundle = token.path("rootcertbundle")
        keySet = token.path("jwks")
        signingAlgorithms = Self.algorithms(in: token)
        let redirects = token.boolean("autoredirect", default: false)
        let path = token.value("autoredirectpath", default: "/auth/token") { scalar throws(InvalidValue) in
            try URLPath.check(scalar.text)
            return scalar.text
        }
        redirectPath = redirects ? path : nil
        leeway = token.duration("leeway", default: leeway)
        if leeway > .seconds(3600) { token.report("leeway must not be above 1h") }
        if rootCertificateBundle == nil, keySet == nil {
            token.report("needs rootcertbundle or jwks: without keys no token can be verified")
        }
    }

    private static func algorithms(in token: SectionReader) -> Set<String> {
        let names = token.texts("signingalgorithms") { scalar throws(InvalidValue) in
            guard allAlgorithms.contains(scalar.text) else {
                throw InvalidValue(
                    "unknown algorithm \(scalar.text.quoted), known: \(allAlgorithms.joined(separator: ", "))"
                )
            }
            return scalar.text
        }
        return Set(names.isEmpty ? allAlgorithms : names)
    }
}

extension SectionReader {
    /// Reads the path of a file.
    fileprivate func path(_ key: String) -> String? {
        value(key, default: nil) { scalar throws(InvalidValue) in
            guard !scalar.text.contains("://") else {
                throw InvalidValue("must be the path of a file; URLs are not supported: fetch it to a file instead")
            }
            guard !scalar.text.utf8.contains(0) else { throw InvalidValue("must not contain a NUL character") }
            return scalar.text.isEmpty ? nil : scalar.text
        }
    }
}
