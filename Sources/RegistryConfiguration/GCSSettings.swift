//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of the driver that keeps content in Google Cloud Storage.
package struct GCSSettings: Sendable, Equatable {
    package var bucket = ""
    /// The JSON file with a service account's key; nil where ``credentials`` or the platform tell.
    package var keyFile: String?
    /// The members of such a file; nil where there are none.
    package var credentials: [String: Secret]?
    package var rootDirectory = ""
    package var chunkBytes: Int64 = 16 << 20
    /// Requests of the driver at a time.
    package var maxConcurrency = 50
    package var userAgent: String?

    package init() {}

    /// The members of a key's file, of which the private key is the secret one.
    static let members = [
        "type", "project_id", "private_key_id", "private_key", "client_email", "client_id", "auth_uri", "token_uri",
        "auth_provider_x509_cert_url", "client_x509_cert_url", "universe_domain",
    ]
    private static let piece: Int64 = 256 << 10
    private static let leastConcurrency = 25
}

extension GCSSettings {
    /// Reads the section `storage.gcs`.
    init(reading gcs: SectionReader) {
        self.init()
        bucket = gcs.requiredText("bucket")
        keyFile = gcs.text("keyfile")
        let credentials = gcs.choice("credentials", Self.credentials)
        // As with distribution, a file is used before them.
        self.credentials = keyFile == nil ? credentials : nil
        rootDirectory = gcs.text("rootdirectory") ?? ""
        chunkBytes = gcs.value("chunksize", default: chunkBytes) { scalar throws(InvalidValue) in
            let bytes = try scalar.bytes(from: Self.piece, to: 1 << 30, "from 256 KiB to 1 GiB")
            guard bytes % Self.piece == 0 else { throw InvalidValue("must be a multiple of 256 KiB") }
            return bytes
        }
        maxConcurrency = max(gcs.integer("maxconcurrency", default: maxConcurrency), Self.leastConcurrency)
        userAgent = gcs.text("useragent")
    }

    private static func credentials(_ section: SectionReader) -> [String: Secret]? {
        var found: [String: Secret] = [:]
        for member in members {
            let text = section.value(member, default: "") { scalar throws(InvalidValue) in scalar.text }
            if !text.isEmpty { found[member] = Secret(text) }
        }
        for member in ["client_email", "private_key"] where found[member] == nil { section.report("needs \(member)") }
        if let type = found["type"]?.exposed, type != "service_account" {
            section.report("must be those of a service_account, not of \(type.quoted)")
        }
        return found
    }
}
