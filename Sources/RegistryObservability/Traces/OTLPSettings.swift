//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How to reach a collector, and when.
package struct OTLPSettings: Sendable {
    /// The URL that spans are posted to.
    package var address: String
    /// Secrets among them: they stand in no log and no message.
    package var headers: [(name: String, value: String)]
    package var form: Form
    package var compresses: Bool
    /// For one request.
    package var timeout: Duration
    /// For a batch with all its attempts.
    package var batchTimeout: Duration
    /// Spans in one request, at most.
    package var batchSize: Int
    package var userAgent: String
    package var tls: TLS

    package init(
        address: String,
        headers: [(name: String, value: String)] = [],
        form: Form = .protobuf,
        compresses: Bool = true,
        timeout: Duration = .seconds(10),
        batchTimeout: Duration = .seconds(30),
        batchSize: Int = 512,
        userAgent: String = "plimsoll",
        tls: TLS = TLS()
    ) {
        self.address = address
        self.headers = headers
        self.form = form
        self.compresses = compresses
        self.timeout = timeout
        self.batchTimeout = batchTimeout
        self.batchSize = batchSize
        self.userAgent = userAgent
        self.tls = tls
    }

    /// Whether the collector is asked by TLS.
    var isEncrypted: Bool { address.hasPrefix("https:") }

    /// The encoding of spans.
    package enum Form: Sendable {
        case json, protobuf

        var contentType: String {
            switch self {
            case .json: "application/json"
            case .protobuf: "application/x-protobuf"
            }
        }
    }

    /// Files in PEM form.
    package struct TLS: Sendable {
        /// Whom to trust; nil for whom the system trusts.
        package var certificate: File?
        package var clientKey: File?
        package var clientCertificate: File?

        package struct File: Sendable {
            /// The variable or key that names it.
            package var name: String
            package var path: String

            package init(name: String, path: String) {
                self.name = name
                self.path = path
            }
        }

        package init(certificate: File? = nil, clientKey: File? = nil, clientCertificate: File? = nil) {
            self.certificate = certificate
            self.clientKey = clientKey
            self.clientCertificate = clientCertificate
        }
    }
}
