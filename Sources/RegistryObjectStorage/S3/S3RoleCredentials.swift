//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryStorage
package import RegistryTelemetry

/// Credentials of a role, for a token that the platform has put into a file: `AWS_WEB_IDENTITY_TOKEN_FILE`,
/// `AWS_ROLE_ARN`.
///
/// Source: AWS STS API reference, `AssumeRoleWithWebIdentity`; the request is not signed.
package struct S3WebIdentityCredentials: S3CredentialSource {
    private let environment: [String: String]
    private let region: String
    private let http: BackendHTTP
    private let governor: RequestGovernor
    private let pool: IOPool

    package init(
        _ environment: [String: String],
        region: String,
        _ http: BackendHTTP,
        _ governor: RequestGovernor,
        pool: IOPool
    ) {
        self.environment = environment
        self.region = region
        self.http = http
        self.governor = governor
        self.pool = pool
    }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        guard let path = environment["AWS_WEB_IDENTITY_TOKEN_FILE"], let role = environment["AWS_ROLE_ARN"] else {
            return nil
        }
        guard let token = try await SmallFile.read(path, pool) else {
            throw ObjectStoreError(.denied, "\(path): there is no such file")
        }
        let form: [(String, String)] = [
            ("Action", "AssumeRoleWithWebIdentity"), ("Version", "2011-06-15"), ("RoleArn", role),
            ("RoleSessionName", environment["AWS_ROLE_SESSION_NAME"] ?? "plimsoll"),
            ("WebIdentityToken", String(token.trimmed)),
        ]
        let body = form.map { "\($0.0)=\(PercentCoding.encode($0.1))" }.joined(separator: "&")
        let domain = region.hasPrefix("cn-") ? "amazonaws.com.cn" : "amazonaws.com"
        let endpoint = environment["AWS_ENDPOINT_URL_STS"] ?? "https://sts.\(region).\(domain)"
        let message = BackendMessage(
            "POST",
            endpoint.hasSuffix("/") ? endpoint : endpoint + "/",
            headers: [("content-type", "application/x-www-form-urlencoded")],
            body: ObjectBytes([ByteBuffer(string: body)])
        )
        let answer = try await governor.run(.credentials) { this throws(ObjectStoreError) in
            let answer = try await http.send(message, within: .seconds(30), this)
            if let error = S3Failure.error(answer, now: time) { throw error }
            return answer
        }
        guard let found = XMLElement(answer.body)?["AssumeRoleWithWebIdentityResult"]?["Credentials"],
            let access = found.text("AccessKeyId"), let secret = found.text("SecretAccessKey"),
            let session = found.text("SessionToken")
        else { throw ObjectStoreError(.denied, "the answer for the web identity has no credentials") }
        let expiry = found.text("Expiration").flatMap { WallTime(rfc3339: $0.utf8) }
        return S3Credentials(access, secret, sessionToken: session, expiry: expiry)
    }
}

/// Credentials of the machine's or the container's role, from the platform's own address.
///
/// Source: Amazon EC2 user guide, "Use IMDSv2"; Amazon ECS developer guide, "Task IAM role".
package struct S3MetadataCredentials: S3CredentialSource {
    private let environment: [String: String]
    private let http: BackendHTTP
    private let governor: RequestGovernor
    private let pool: IOPool

    package init(_ environment: [String: String], _ http: BackendHTTP, _ governor: RequestGovernor, pool: IOPool) {
        self.environment = environment
        self.http = http
        self.governor = governor
        self.pool = pool
    }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        if let container = try await containerMessage() {
            return try Self.credentials(try await ask(container))
        }
        guard environment["AWS_EC2_METADATA_DISABLED"]?.lowercased() != "true" else { return nil }
        let base = environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] ?? "http://169.254.169.254"
        let token = try await ask(
            BackendMessage(
                "PUT",
                base + "/latest/api/token",
                headers: [("x-aws-ec2-metadata-token-ttl-seconds", "21600")]
            )
        )
        let headers = [(name: "x-aws-ec2-metadata-token", value: String(buffer: token.body))]
        let place = base + "/latest/meta-data/iam/security-credentials/"
        let roles = try await ask(BackendMessage("GET", place, headers: headers))
        guard let role = String(buffer: roles.body).split(whereSeparator: \.isNewline).first else { return nil }
        let name = PercentCoding.encode(String(role.trimmed))
        return try Self.credentials(try await ask(BackendMessage("GET", place + name, headers: headers)))
    }

    private func containerMessage() async throws(ObjectStoreError) -> BackendMessage? {
        let url: String
        if let path = environment["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"], path.hasPrefix("/") {
            url = "http://169.254.170.2" + path
        } else if let full = environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"], !full.isEmpty {
            url = full
        } else {
            return nil
        }
        var token = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
        if let path = environment["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] {
            token = try await SmallFile.read(path, pool).map { String($0.trimmed) }
        }
        return BackendMessage("GET", url, headers: token.map { [("authorization", $0)] } ?? [])
    }

    private func ask(_ message: BackendMessage) async throws(ObjectStoreError) -> BackendAnswer {
        try await PlatformRequest.ask(message, http, governor)
    }

    static func credentials(_ answer: BackendAnswer) throws(ObjectStoreError) -> S3Credentials {
        guard let content = try? StrictJSON(Array(answer.body.readableBytesView)),
            let access = content["AccessKeyId"]?.string, let secret = content["SecretAccessKey"]?.string
        else { throw ObjectStoreError(.denied, "the platform's answer has no credentials") }
        let expiry = content["Expiration"]?.string.flatMap { WallTime(rfc3339: $0.utf8) }
        return S3Credentials(access, secret, sessionToken: content["Token"]?.string, expiry: expiry)
    }
}
