//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// A connection string of an account: `AccountName=…;AccountKey=…;EndpointSuffix=core.windows.net`.
///
/// Source: Azure Storage, "Configure Azure Storage connection strings".
package struct AzureConnectionString: Sendable, Equatable, CustomStringConvertible {
    package var account: String
    /// In base64; nil where there is a shared access signature instead.
    package var key: String?
    /// A shared access signature, without a question mark in front.
    package var signature: String?
    package var serviceURL: String

    /// The account of the emulators, with the key that Azure's documentation gives to everybody.
    private static let development = AzureConnectionString(
        account: "devstoreaccount1",
        key: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
        signature: nil,
        serviceURL: "http://127.0.0.1:10000/devstoreaccount1"
    )

    private init(account: String, key: String?, signature: String?, serviceURL: String) {
        self.account = account
        self.key = key
        self.signature = signature
        self.serviceURL = serviceURL
    }

    /// - Returns: nil if it names no account, or nothing that lets anybody in.
    package init?(_ text: String) {
        var fields: [String: String] = [:]
        for field in text.split(separator: ";") {
            guard let sign = field.firstIndex(of: "=") else { return nil }
            fields[field[..<sign].lowercased()] = String(field[field.index(after: sign)...])
        }
        if fields["usedevelopmentstorage"]?.lowercased() == "true" {
            self = Self.development
            return
        }
        let endpoint = fields["blobendpoint"]
        guard let account = fields["accountname"] ?? endpoint.flatMap(Self.account(inHostOf:)) else { return nil }
        self.account = account
        self.key = fields["accountkey"]
        self.signature = fields["sharedaccesssignature"].map { $0.hasPrefix("?") ? String($0.dropFirst()) : $0 }
        guard key != nil || signature != nil else { return nil }
        let scheme = fields["defaultendpointsprotocol"] ?? "https"
        self.serviceURL = endpoint ?? "\(scheme)://\(account).blob.\(fields["endpointsuffix"] ?? "core.windows.net")"
    }

    private static func account(inHostOf endpoint: String) -> String? {
        let parts = endpoint.split(separator: "/")
        guard parts.count >= 2, let name = parts[1].split(separator: ".").first, parts[1].contains(".") else {
            return nil
        }
        return String(name)
    }

    /// Tells no secret.
    package var description: String { "account \(account) at \(serviceURL)" }
}
