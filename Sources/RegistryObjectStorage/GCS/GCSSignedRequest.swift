//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// An address that is signed by Google's version 4, for one method and a time.
///
/// Source: Cloud Storage documentation, "V4 signing process", "Canonical requests".
package struct GCSSignedRequest: Sendable {
    package var method: String
    /// `https`.
    package var scheme: String
    /// `storage.googleapis.com`, with the port if it is not the scheme's.
    package var host: String
    /// Encoded.
    package var path: String
    /// Not encoded, in any order.
    package var query: [(name: String, value: String)] = []
    /// Beside `host`.
    package var headers: [(name: String, value: String)] = []

    package init(_ method: String, scheme: String = "https", host: String, path: String) {
        self.method = method
        self.scheme = scheme
        self.host = host
        self.path = path
    }

    private static let algorithm = "GOOG4-RSA-SHA256"
    private static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// What is signed, and the address but for its signature.
    package struct Prepared: Sendable, Equatable {
        /// With `X-Goog-Signature=` at its end, for the signature in hexadecimal.
        package var url: String
        package var canonicalRequest: String
        package var stringToSign: String
    }

    /// - Parameters:
    ///   - account: the service account's address.
    ///   - duration: seven days at most.
    package func prepare(account: String, at time: WallTime, validFor duration: Duration) -> Prepared {
        let stamp = time.secondsDescription.filter { $0 != "-" && $0 != ":" }
        let scope = "\(stamp.prefix(8))/auto/storage/goog4_request"
        let headers = canonicalHeaders
        let names = headers.map(\.name).joined(separator: ";")
        let parameters: [(name: String, value: String)] =
            query + [
                ("X-Goog-Algorithm", Self.algorithm), ("X-Goog-Credential", "\(account)/\(scope)"),
                ("X-Goog-Date", stamp), ("X-Goog-Expires", "\(duration.components.seconds)"),
                ("X-Goog-SignedHeaders", names),
            ]
        let encoded = parameters.map { (PercentCoding.encode($0.name), PercentCoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { "\($0)=\($1)" }
            .joined(separator: "&")
        let payload = headers.first { $0.name == "x-goog-content-sha256" }?.value ?? Self.unsignedPayload
        let canonical = [
            method, path, encoded, headers.map { "\($0.name):\($0.value)\n" }.joined(), names, payload,
        ].joined(separator: "\n")
        return Prepared(
            url: "\(scheme)://\(host)\(path)?\(encoded)&X-Goog-Signature=",
            canonicalRequest: canonical,
            stringToSign: [Self.algorithm, stamp, scope, Digesting.sha256(canonical)].joined(separator: "\n")
        )
    }

    /// Names in lower case and in order; runs of white space are one space.
    private var canonicalHeaders: [(name: String, value: String)] {
        (headers + [("host", host)])
            .map { name, value in
                (name.lowercased(), value.split(whereSeparator: \.isWhitespace).joined(separator: " "))
            }
            .sorted { $0.0 < $1.0 }
    }
}
