//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// A shared access signature that lets anybody read one blob for a time.
///
/// Source: Azure Storage REST API, "Create a service SAS" and "Create a user delegation SAS", version 2020-12-06 and later.
package struct AzureSharedAccess: Sendable {
    package var account: String
    package var container: String
    package var key: String
    package var expiry: WallTime
    /// Whether it is good for TLS alone.
    package var isSecure: Bool

    package init(account: String, container: String, key: String, expiry: WallTime, isSecure: Bool) {
        self.account = account
        self.container = container
        self.key = key
        self.expiry = expiry
        self.isSecure = isSecure
    }

    /// Of the service, which decides what is signed.
    package static let version = "2021-12-02"

    private var protocols: String { isSecure ? "https" : "https,http" }
    private var resource: String { "/blob/\(account)/\(container)/\(key)" }
    private var end: String { expiry.secondsDescription }

    /// The query of the address, signed with the account's key.
    package func query(_ key: AzureSharedKey) -> String {
        let text = [
            // Permission, begin, end, blob, policy, addresses, protocols, version, resource, snapshot, encryption scope.
            ["r", "", end, resource, "", "", protocols, Self.version, "b", "", ""], Self.responseFields,
        ].joined().joined(separator: "\n")
        return Self.encode(
            [("sp", "r"), ("se", end), ("spr", protocols), ("sv", Self.version), ("sr", "b")],
            key.sign(text)
        )
    }

    /// The query of the address, signed with a key that the service has given for an identity.
    package func query(_ key: AzureDelegationKey) -> String {
        let identity = [
            ("skoid", key.object), ("sktid", key.tenant), ("skt", key.start), ("ske", key.expiry), ("sks", key.service),
            ("skv", key.version),
        ]
        let text = [
            ["r", "", end, resource], identity.map(\.1),
            // Who may use it, whom it is checked for, and the audit's number; then as above.
            ["", "", ""], ["", protocols, Self.version, "b", "", ""], Self.responseFields,
        ].joined().joined(separator: "\n")
        let fields = [("sp", "r"), ("se", end), ("spr", protocols), ("sv", Self.version), ("sr", "b")] + identity
        return Self.encode(fields, key.sign(text))
    }

    /// Fields of the answer that could be set: caching, disposition, encoding, language, type.
    private static let responseFields = ["", "", "", "", ""]

    private static func encode(_ fields: [(String, String)], _ signature: String) -> String {
        (fields + [("sig", signature)]).map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
    }
}
