//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL
package import RegistryTelemetry

/// Signature version 1 of Aliyun OSS, for servers that know no other.
///
/// Source: Alibaba Cloud OSS developer reference, "Include a V1 signature in the Authorization header" and "Include
/// signatures in URLs".
package struct OSSSignatureV1: S3Signing {
    /// What comes before the path of an address, where that has not the bucket in it: `/bucket`.
    private let folder: String

    /// - Parameter folder: empty if addresses have the bucket in their paths.
    package init(folder: String) { self.folder = folder }

    /// Of the parts of a query, these are signed; the driver asks for no others that are.
    private static let signedParameters: Set<String> = [
        "acl", "continuation-token", "delete", "partNumber", "resourceGroup", "security-token", "uploadId", "uploads",
        "versionId",
    ]

    package var signsContent: Bool { false }

    package func headers(_ request: SignatureV4.Request, _ credentials: S3Credentials, at time: WallTime) -> [(
        name: String, value: String
    )] {
        let date = HTTPDate.text(time)
        var added: [(name: String, value: String)] = [("x-oss-date", date)]
        if let token = credentials.sessionToken { added.append(("x-oss-security-token", token)) }
        var signed = request
        signed.headers += added
        let signature = signature(signed, date, credentials)
        return added + [("Authorization", "OSS \(credentials.accessKey):\(signature)")]
    }

    package func presignedQuery(
        _ request: SignatureV4.Request,
        _ credentials: S3Credentials,
        at time: WallTime,
        validFor duration: Duration
    ) -> String {
        let expiry = "\(time.microseconds / 1_000_000 + duration.components.seconds)"
        var signed = request
        if let token = credentials.sessionToken { signed.query.append(("security-token", token)) }
        let signature = signature(signed, expiry, credentials)
        signed.query += [
            ("Expires", expiry), ("OSSAccessKeyId", credentials.accessKey), ("Signature", signature),
        ]
        return signed.encodedQuery
    }

    /// - Parameter date: of the request, or the second at which the address expires.
    private func signature(_ request: SignatureV4.Request, _ date: String, _ credentials: S3Credentials) -> String {
        let headers = request.headers.map { ($0.name.lowercased(), $0.value) }
        func field(_ name: String) -> String { headers.first { $0.0 == name }?.1 ?? "" }
        let own = headers.filter { $0.0.hasPrefix("x-oss-") }.sorted { $0.0 < $1.0 }.map { "\($0.0):\($0.1)\n" }
        let parameters = request.query.filter { Self.signedParameters.contains($0.name) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { $0.value.isEmpty ? $0.name : "\($0.name)=\($0.value)" }
        let resource =
            folder + PercentCoding.decode(request.path)
            + (parameters.isEmpty ? "" : "?" + parameters.joined(separator: "&"))
        let text = [
            request.method, field("content-md5"), field("content-type"), date, own.joined() + resource,
        ].joined(separator: "\n")
        return Digesting.base64(Self.hmacSHA1(Array(credentials.secretKey.utf8), Array(text.utf8)))
    }

    /// RFC 2104, with a hash that still protects a signature well enough; the version has no other.
    private static func hmacSHA1(_ key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 20) { buffer, count in
            var length: UInt32 = 0
            HMAC(EVP_sha1(), key, Int32(key.count), bytes, bytes.count, buffer.baseAddress, &length)
            count = Int(length)
        }
    }
}
