//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

/// How traces get to a collector: OTLP over HTTP.
package struct CollectorSettings: Sendable, Equatable {
    /// The URL that spans are posted to.
    package var address: String
    /// What every request carries, such as a token.
    package var headers: [CollectorHeader]
    package var form: CollectorProtocol
    /// Whether bodies are compressed with gzip.
    package var compresses: Bool
    /// For one request; above 0.
    package var timeout: Duration
    package var batch: TraceBatching
    package var tls: CollectorTLS

    /// Creates settings; what is left out has its default.
    package init(
        address: String,
        headers: [CollectorHeader] = [],
        form: CollectorProtocol = .protobuf,
        compresses: Bool = true,
        timeout: Duration = .seconds(10),
        batch: TraceBatching = TraceBatching(),
        tls: CollectorTLS = CollectorTLS()
    ) {
        self.address = address
        self.headers = headers
        self.form = form
        self.compresses = compresses
        self.timeout = timeout
        self.batch = batch
        self.tls = tls
    }

    /// Creates settings for a collector by its base, below which traces have their own path.
    ///
    /// Source: OpenTelemetry specification, "Endpoint URLs for OTLP/HTTP".
    init(base: ExternalHost, headers: [CollectorHeader] = [], form: CollectorProtocol = .protobuf) {
        self.init(address: "\(base)/v1/traces", headers: headers, form: form)
    }
}

/// A header for the collector, which may well be a secret.
package struct CollectorHeader: Sendable, Equatable {
    package var name: String
    package var value: Secret

    /// Creates a header.
    package init(name: String, value: Secret) {
        self.name = name
        self.value = value
    }

    /// Whether HTTP can carry it.
    var isValid: Bool {
        !name.isEmpty
            && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "!#$%&'*+-.^_`|~".contains($0)) }
            && value.exposed.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\t") }
    }
}

extension CollectorHeader {
    /// Reads one entry of the map `tracing.headers`.
    init?(reading entry: ConfigurationNode.Entry, in tracing: SectionReader) {
        let key = "headers.\(entry.key.printable)"
        guard case .scalar(let scalar) = entry.node.value else {
            tracing.report("must be a single value", at: key, origin: entry.node.origin)
            return nil
        }
        self.init(name: entry.key, value: Secret(scalar.text))
        guard isValid else {
            // The value may be a secret, so it is not told.
            tracing.report("is no header that HTTP can carry", at: key, origin: entry.keyOrigin)
            return nil
        }
    }
}

/// The encoding of spans on the wire, by its name in OpenTelemetry.
package enum CollectorProtocol: String, Sendable {
    case protobuf = "http/protobuf"
    case json = "http/json"

    static func parse(_ scalar: ConfigurationNode.Scalar) throws(InvalidValue) -> CollectorProtocol {
        guard let form = CollectorProtocol(rawValue: scalar.text) else {
            throw InvalidValue("must be http/protobuf or http/json, not \(scalar.text.quoted)")
        }
        return form
    }
}

/// When spans are sent, and how many wait.
///
/// Source: OpenTelemetry specification, "Batch Span Processor", whose defaults these are.
package struct TraceBatching: Sendable, Equatable {
    /// Between two batches that are not full.
    package var delay: Duration
    /// For a batch with all its attempts.
    package var timeout: Duration
    /// Spans that wait at most; what comes beyond is lost.
    package var queue: Int
    /// Spans in one request.
    package var size: Int

    /// Creates a batching; what is left out has its default.
    package init(
        delay: Duration = .seconds(5),
        timeout: Duration = .seconds(30),
        queue: Int = 2048,
        size: Int = 512
    ) {
        self.delay = delay
        self.timeout = timeout
        self.queue = queue
        self.size = size
    }
}

/// Files in PEM form for collectors with certificates of their own.
package struct CollectorTLS: Sendable, Equatable {
    /// Whom to trust; nil for whom the system trusts.
    package var certificate: File?
    package var clientKey: File?
    package var clientCertificate: File?

    /// A file that a variable names.
    package struct File: Sendable, Equatable {
        package var variable: String
        package var path: String

        package init(variable: String, path: String) {
            self.variable = variable
            self.path = path
        }
    }

    /// Creates settings.
    package init(certificate: File? = nil, clientKey: File? = nil, clientCertificate: File? = nil) {
        self.certificate = certificate
        self.clientKey = clientKey
        self.clientCertificate = clientCertificate
    }
}
