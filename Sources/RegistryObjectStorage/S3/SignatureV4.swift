//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// The keys of an account, or of a role for a time.
package struct S3Credentials: Sendable, Equatable, CustomStringConvertible {
    package var accessKey: String
    package var secretKey: String
    package var sessionToken: String?
    /// When they expire; nil for never.
    package var expiry: WallTime?

    package init(_ accessKey: String, _ secretKey: String, sessionToken: String? = nil, expiry: WallTime? = nil) {
        self.accessKey = accessKey
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.expiry = expiry
    }

    /// Tells nothing of them.
    package var description: String { "<redacted>" }
}

/// Signature version 4 of AWS, in the form of S3, where paths are encoded once.
///
/// Source: Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
package struct SignatureV4: Sendable {
    package var region: String
    package var service = "s3"

    package init(region: String) { self.region = region }

    /// Stands for the hash of content that is not signed; TLS protects it.
    package static let unsignedPayload = "UNSIGNED-PAYLOAD"
    private static let algorithm = "AWS4-HMAC-SHA256"

    /// A request as it is signed.
    package struct Request: Sendable {
        package var method: String
        /// `examplebucket.s3.amazonaws.com`, with the port if it is not the scheme's.
        package var host: String
        /// Encoded.
        package var path: String
        /// Not encoded, in any order.
        package var query: [(name: String, value: String)]
        package var headers: [(name: String, value: String)]
        /// SHA-256 in hexadecimal, or ``unsignedPayload``.
        package var payloadHash: String

        package init(
            _ method: String,
            host: String,
            path: String,
            query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)] = [],
            payloadHash: String = SignatureV4.unsignedPayload
        ) {
            self.method = method
            self.host = host
            self.path = path
            self.query = query
            self.headers = headers
            self.payloadHash = payloadHash
        }

        /// As it stands in the address: sorted and encoded.
        package var encodedQuery: String {
            query.map { (PercentCoding.encode($0.name), PercentCoding.encode($0.value)) }
                .sorted { $0 < $1 }
                .map { "\($0)=\($1)" }
                .joined(separator: "&")
        }
    }

    /// The headers that sign a request, beside its own, which all are signed.
    package func headers(_ request: Request, _ credentials: S3Credentials, at time: WallTime) -> [(
        name: String, value: String
    )] {
        let stamp = Self.stamp(time)
        var added: [(name: String, value: String)] = [
            ("x-amz-content-sha256", request.payloadHash), ("x-amz-date", stamp),
        ]
        if let token = credentials.sessionToken { added.append(("x-amz-security-token", token)) }
        var signed = request
        signed.headers += added + [("host", request.host)]
        let names = Self.signedNames(signed)
        let signature = signature(signed, names, stamp, credentials)
        let value =
            "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(stamp)), SignedHeaders=\(names), "
            + "Signature=\(signature)"
        return added + [("Authorization", value)]
    }

    /// The query of an address that is good for a time, with the signature as its last part.
    package func presignedQuery(
        _ request: Request,
        _ credentials: S3Credentials,
        at time: WallTime,
        validFor duration: Duration
    ) -> String {
        let stamp = Self.stamp(time)
        var signed = request
        signed.headers += [("host", request.host)]
        signed.payloadHash = Self.unsignedPayload
        let names = Self.signedNames(signed)
        signed.query += [
            ("X-Amz-Algorithm", Self.algorithm), ("X-Amz-Credential", "\(credentials.accessKey)/\(scope(stamp))"),
            ("X-Amz-Date", stamp), ("X-Amz-Expires", "\(duration.components.seconds)"), ("X-Amz-SignedHeaders", names),
        ]
        if let token = credentials.sessionToken { signed.query.append(("X-Amz-Security-Token", token)) }
        return signed.encodedQuery + "&X-Amz-Signature=" + signature(signed, names, stamp, credentials)
    }

    private func signature(_ request: Request, _ names: String, _ stamp: String, _ credentials: S3Credentials) -> String
    {
        let headers = Self.canonicalHeaders(request)
        let canonical = [
            request.method, request.path, request.encodedQuery, headers, names, request.payloadHash,
        ].joined(separator: "\n")
        let text = [Self.algorithm, stamp, scope(stamp), Digesting.sha256(canonical)].joined(separator: "\n")
        var key = Array("AWS4\(credentials.secretKey)".utf8)
        for part in [String(stamp.prefix(8)), region, service, "aws4_request"] { key = Digesting.hmac(key, part) }
        return Digesting.hmac(key, text).map { $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    private func scope(_ stamp: String) -> String { "\(stamp.prefix(8))/\(region)/\(service)/aws4_request" }

    private static func canonicalHeaders(_ request: Request) -> String {
        sorted(request).map { name, value in
            let words = value.split(separator: " ", omittingEmptySubsequences: true)
            return "\(name):\(words.joined(separator: " "))\n"
        }.joined()
    }

    private static func signedNames(_ request: Request) -> String {
        sorted(request).map(\.name).joined(separator: ";")
    }

    private static func sorted(_ request: Request) -> [(name: String, value: String)] {
        request.headers.map { ($0.name.lowercased(), $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// `20130524T000000Z`.
    static func stamp(_ time: WallTime) -> String {
        time.secondsDescription.filter { $0 != "-" && $0 != ":" }
    }
}
