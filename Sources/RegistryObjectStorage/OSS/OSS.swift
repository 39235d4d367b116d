//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryTelemetry

extension S3Dialect {
    /// Aliyun's OSS.
    ///
    /// Source: Alibaba Cloud OSS API reference.
    package static func oss(_ signature: any S3Signing) -> S3Dialect {
        var bounds = ObjectStoreBounds()
        // What is longer is copied in parts.
        bounds.copyBytes = 1 << 30
        bounds.partBytes = 100 << 10
        return S3Dialect(
            driver: "oss",
            prefix: "x-oss-",
            acl: "object-acl",
            keyService: "KMS",
            encryptionKey: "server-side-encryption-key-id",
            // Without it, a range beyond the end is answered with all there is.
            rangeFields: [("x-oss-range-behavior", "standard")],
            bounds: bounds,
            signature: signature
        )
    }
}

extension S3Endpoint {
    /// Aliyun's own of a region.
    ///
    /// Source: Alibaba Cloud OSS user guide, "Regions and endpoints".
    /// - Parameter region: `cn-hangzhou`.
    package static func aliyun(region: String, bucket: String, isInternal: Bool, isSecure: Bool) -> S3Endpoint {
        S3Endpoint(
            scheme: isSecure ? "https" : "http",
            authority: "oss-\(region)\(isInternal ? "-internal" : "").aliyuncs.com",
            bucket: bucket,
            hasPathStyle: false
        )
    }

    /// What comes before the path of an address in what OSS signs.
    package var signedFolder: String { hasPathStyle ? "" : "/" + bucket }
}

/// Credentials of the environment, as Aliyun's own libraries read them.
package struct OSSEnvironmentCredentials: S3CredentialSource {
    private let environment: [String: String]

    package init(_ environment: [String: String]) { self.environment = environment }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        guard let access = environment["OSS_ACCESS_KEY_ID"], !access.isEmpty,
            let secret = environment["OSS_ACCESS_KEY_SECRET"], !secret.isEmpty
        else { return nil }
        let token = environment["OSS_SESSION_TOKEN"].flatMap { $0.isEmpty ? nil : $0 }
        return S3Credentials(access, secret, sessionToken: token)
    }
}

/// Credentials of the role of an ECS instance, from the platform's own address.
///
/// Source: Alibaba Cloud ECS user guide, "Instance RAM roles".
package struct OSSMachineCredentials: S3CredentialSource {
    private let base: String
    private let http: BackendHTTP
    private let governor: RequestGovernor

    package init(
        base: String = "http://100.100.100.200",
        _ http: BackendHTTP,
        _ governor: RequestGovernor
    ) {
        self.base = base
        self.http = http
        self.governor = governor
    }

    package func credentials(at time: WallTime) async throws(ObjectStoreError) -> S3Credentials? {
        // Of the second version of the metadata service, which wants a token first.
        let token = try await ask(
            BackendMessage(
                "PUT",
                base + "/latest/api/token",
                headers: [("x-aliyun-ecs-metadata-token-ttl-seconds", "300")]
            )
        )
        let headers = [(name: "x-aliyun-ecs-metadata-token", value: String(buffer: token.body))]
        let place = base + "/latest/meta-data/ram/security-credentials/"
        let roles = try await ask(BackendMessage("GET", place, headers: headers))
        guard let role = String(buffer: roles.body).split(whereSeparator: \.isNewline).first else { return nil }
        let answer = try await ask(BackendMessage("GET", place + PercentCoding.encode(String(role)), headers: headers))
        guard let document = try? StrictJSON(Array(answer.body.readableBytesView)),
            let access = document["AccessKeyId"]?.string, let secret = document["AccessKeySecret"]?.string
        else { throw ObjectStoreError(.denied, "the platform's answer has no credentials") }
        let expiry = document["Expiration"]?.string.flatMap { WallTime(rfc3339: $0.utf8) }
        return S3Credentials(access, secret, sessionToken: document["SecurityToken"]?.string, expiry: expiry)
    }

    private func ask(_ message: BackendMessage) async throws(ObjectStoreError) -> BackendAnswer {
        try await PlatformRequest.ask(message, http, governor)
    }
}
