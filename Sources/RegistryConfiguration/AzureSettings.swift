//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// The parameters of the driver that keeps content in Azure's blob service.
package struct AzureSettings: Sendable, Equatable {
    package var accountName = ""
    package var container = ""
    package var access = Access.surroundings(client: nil)
    /// The domain of the cloud: `core.windows.net`.
    package var realm = "core.windows.net"
    /// Another address than the account's own.
    package var serviceURL: ExternalHost?
    package var rootDirectory = ""
    /// Of blocks that are put, in bytes.
    package var chunkBytes: Int64 = 10 << 20
    /// Tries of a request after the first.
    package var retries = 5
    package var retryDelay = Duration.milliseconds(100)
    package var skipsVerification = false
    /// A file with authorities of certificates; nil for those of the system.
    package var authorities: String?

    package init() {}

    /// What lets the registry in.
    package enum Access: Sendable, Equatable {
        case sharedKey(Secret)
        /// The query of a shared access signature.
        case signature(Secret)
        case client(tenant: String, id: String, secret: Secret)
        /// As the environment or the platform tells.
        case surroundings(client: String?)
        /// Names account, key and address.
        case connectionString(Secret)
    }

    static let types = ["client_secret", "shared_key", "default_credentials"]
}

extension AzureSettings {
    /// Reads the section `storage.azure`.
    init(reading azure: SectionReader) {
        self.init()
        container = azure.requiredText("container")
        let key = azure.text("accountkey").map { Secret($0) }
        let signature = azure.text("sastoken").map { Secret($0.hasPrefix("?") ? String($0.dropFirst()) : $0) }
        let connection = azure.text("connectionstring").map { Secret($0) }
        accountName = azure.text("accountname") ?? ""
        if accountName.isEmpty, connection == nil { azure.report("needs an accountname, or a connectionstring") }
        let given = azure.section("credentials") { Self.access($0, key: key) }
        if let connection {
            access = .connectionString(connection)
        } else if let given {
            access = given
        } else if let key {
            access = .sharedKey(key)
        } else if let signature {
            access = .signature(signature)
        }
        realm = azure.text("realm") ?? realm
        serviceURL = azure.value("serviceurl", default: nil, ExternalHost.parse)
        rootDirectory = azure.text("rootdirectory") ?? ""
        chunkBytes = azure.value("chunksize", default: chunkBytes) { scalar throws(InvalidValue) in
            try scalar.bytes(from: 1 << 20, to: 4_000 << 20, "from 1 MiB to 4000 MiB")
        }
        // As in the vendor's SDK, less than none is none.
        retries = max(0, azure.integer("max_retries", default: retries, atLeast: -1))
        retryDelay = azure.duration("retry_delay", default: retryDelay)
        skipsVerification = azure.boolean("skipverify", default: false)
        authorities = azure.text("rootcertificates")
        // How long copies are waited for, which are over when they are answered.
        _ = azure.integer("copy_status_poll_max_retry", default: 5, atLeast: -1)
        _ = azure.duration("copy_status_poll_delay", default: .milliseconds(100))
    }

    private static func access(_ credentials: SectionReader, key: Secret?) -> Access? {
        let type = credentials.value("type", default: nil) { scalar throws(InvalidValue) -> String? in
            guard !scalar.text.isEmpty else { return nil }
            guard types.contains(scalar.text) else {
                throw InvalidValue("must be one of \(types.joined(separator: ", "))")
            }
            return scalar.text
        }
        let client = credentials.text("clientid")
        let tenant = credentials.text("tenantid")
        let secret = credentials.text("secret").map { Secret($0) }
        switch type {
        case "client_secret":
            guard let client, let tenant, let secret else {
                credentials.report("client_secret needs clientid, tenantid and secret")
                return nil
            }
            return .client(tenant: tenant, id: client, secret: secret)
        case "shared_key":
            guard let key else {
                credentials.report("shared_key needs storage.azure.accountkey")
                return nil
            }
            return .sharedKey(key)
        case "default_credentials": return .surroundings(client: client)
        default: return nil
        }
    }
}
