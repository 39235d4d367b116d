//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

package import RegistryTelemetry

/// Signature version 4 of Aliyun OSS.
///
/// Source: Alibaba Cloud OSS developer reference, "Include a V4 signature in the Authorization request header" and
/// "Include V4 signatures in URLs".
package struct OSSSignatureV4: S3Signing {
    /// `cn-hangzhou`.
    private let region: String
    /// What comes before the path of an address, where that has not the bucket in it: `/bucket`.
    private let folder: String

    /// - Parameter folder: empty if addresses have the bucket in their paths.
    package init(region: String, folder: String) {
        self.region = region
        self.folder = folder
    }

    private static let algorithm = "OSS4-HMAC-SHA256"
    private static let unsignedPayload = "UNSIGNED-PAYLOAD"

    package var signsContent: Bool { false }

    package func headers(_ request: SignatureV4.Request, _ credentials: S3Credentials, at time: WallTime) -> [(
        name: String, value: String
    )] {
        let stamp = SignatureV4.stamp(time)
        var added: [(name: String, value: String)] = [
            ("x-oss-content-sha256", Self.unsignedPayload), ("x-oss-date", stamp),
        ]
        if let token = credentials.sessionToken { added.append(("x-oss-security-token", token)) }
        var signed = request
        signed.headers += added
        let signature = signature(signed, stamp, credentials)
        let value = "\(Self.algorithm) Credential=\(credentials.accessKey)/\(scope(stamp)),Signature=\(signature)"
        return added + [("Authorization", value)]
    }

    package func presignedQuery(
        _ request: SignatureV4.Request,
        _ credentials: S3Credentials,
        at time: WallTime,
        validFor duration: Duration
    ) -> String {
        let stamp = SignatureV4.stamp(time)
        var signed = request
        signed.query += [
            ("x-oss-signature-version", Self.algorithm), ("x-oss-date", stamp),
            ("x-oss-expires", "\(duration.components.seconds)"),
            ("x-oss-credential", "\(credentials.accessKey)/\(scope(stamp))"),
        ]
        if let token = credentials.sessionToken { signed.query.append(("x-oss-security-token", token)) }
        return Self.query(signed) + "&x-oss-signature=" + signature(signed, stamp, credentials)
    }

    private func scope(_ stamp: String) -> String { "\(stamp.prefix(8))/\(region)/oss/aliyun_v4_request" }

    private func signature(_ request: SignatureV4.Request, _ stamp: String, _ credentials: S3Credentials) -> String {
        let headers = request.headers.map { ($0.name.lowercased(), $0.value) }
            .filter { $0.0.hasPrefix("x-oss-") || $0.0 == "content-type" || $0.0 == "content-md5" }
            .sorted { $0.0 < $1.0 }
        let payload = headers.first { $0.0 == "x-oss-content-sha256" }?.1 ?? Self.unsignedPayload
        let canonical = [
            request.method, folder + request.path, Self.query(request),
            headers.map { "\($0.0):\($0.1)\n" }.joined(), "", payload,
        ].joined(separator: "\n")
        let text = [Self.algorithm, stamp, scope(stamp), Digesting.sha256(canonical)].joined(separator: "\n")
        var key = Array("aliyun_v4\(credentials.secretKey)".utf8)
        for part in [String(stamp.prefix(8)), region, "oss", "aliyun_v4_request"] { key = Digesting.hmac(key, part) }
        return Digesting.hexadecimal(Digesting.hmac(key, text))
    }

    /// Sorted and encoded; names without a value stand alone.
    private static func query(_ request: SignatureV4.Request) -> String {
        request.query.map { (PercentCoding.encode($0.name), PercentCoding.encode($0.value)) }
            .sorted { $0 < $1 }
            .map { $1.isEmpty ? $0 : "\($0)=\($1)" }
            .joined(separator: "&")
    }
}
