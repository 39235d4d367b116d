//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
package import RegistryTelemetry

/// The request for a token, and what its answer says.
///
/// Sources: OpenStack Identity API v3, "Authentication and token management"; Identity API v2.0; Swift, "Auth system" for
/// version 1.
package struct SwiftAuthRequest: Sendable {
    private let credentials: SwiftCredentials

    package init(_ credentials: SwiftCredentials) { self.credentials = credentials }

    package typealias Grant = RenewedSecret<SwiftToken>.Grant

    package var message: BackendMessage {
        let base = credentials.authURL.hasSuffix("/") ? String(credentials.authURL.dropLast()) : credentials.authURL
        switch credentials.version {
        case .v1:
            let headers = [(name: "x-auth-user", value: credentials.username), ("x-auth-key", credentials.password)]
            return BackendMessage("GET", base, headers: headers)
        case .v2: return Self.message("\(base)/tokens", bodyV2)
        case .v3: return Self.message("\(base)/auth/tokens", bodyV3)
        }
    }

    private static func message(_ url: String, _ body: JSONText) -> BackendMessage {
        let headers = [(name: "content-type", value: "application/json"), ("accept", "application/json")]
        return BackendMessage("POST", url, headers: headers, body: ObjectBytes([ByteBuffer(string: body.text)]))
    }

    // MARK: Bodies

    var bodyV2: JSONText {
        let user = JSONText.object([
            ("username", .string(credentials.username)), ("password", .string(credentials.password)),
        ])
        return .object([
            (
                "auth",
                .object([
                    ("passwordCredentials", user), ("tenantName", .optional(credentials.project.name)),
                    ("tenantId", .optional(credentials.project.id)), ("trust_id", .optional(credentials.trust)),
                ])
            )
        ])
    }

    var bodyV3: JSONText {
        var members: [(String, JSONText?)] = [("identity", identity)]
        // An application has its project with it.
        if credentials.application == nil { members.append(("scope", scope)) }
        return .object([("auth", .object(members))])
    }

    private var identity: JSONText {
        guard let application = credentials.application else {
            let password = JSONText.object([("user", user(password: credentials.password))])
            return .object([("methods", .array([.string("password")])), ("password", password)])
        }
        var members: [(String, JSONText?)] = [
            ("id", .optional(application.credential.id)), ("name", .optional(application.credential.name)),
            ("secret", .string(application.secret)),
        ]
        if application.credential.id == nil { members.append(("user", user(password: nil))) }
        return .object([
            ("methods", .array([.string("application_credential")])), ("application_credential", .object(members)),
        ])
    }

    private func user(password: String?) -> JSONText {
        .object([
            ("name", .string(credentials.username)), ("domain", Self.named(credentials.domain) ?? Self.defaultDomain),
            ("password", .optional(password)),
        ])
    }

    private var scope: JSONText? {
        if let trust = credentials.trust { return .object([("OS-TRUST:trust", .object([("id", .string(trust))]))]) }
        let project = credentials.project
        guard !project.isEmpty else { return nil }
        if let id = project.id { return .object([("project", .object([("id", .string(id))]))]) }
        let domain = Self.named(credentials.projectDomain) ?? Self.named(credentials.domain) ?? Self.defaultDomain
        return .object([("project", .object([("name", .optional(project.name)), ("domain", domain)]))])
    }

    private static func named(_ named: SwiftCredentials.Named) -> JSONText? {
        guard !named.isEmpty else { return nil }
        return .object(named.id.map { [("id", .string($0))] } ?? [("name", .optional(named.name))])
    }

    private static let defaultDomain = JSONText.object([("id", .string("default"))])

    // MARK: Answers

    /// - Parameter time: when the request was made.
    package func grant(_ answer: BackendAnswer, at time: WallTime) throws(ObjectStoreError) -> Grant {
        guard (200..<300).contains(answer.status) else {
            let code: ObjectStoreError.Code =
                switch answer.status {
                case 429: .transient(.tooManyRequests)
                case 503: .transient(.slowDown)
                case 500...: .transient(.serverError)
                default: .denied
                }
            throw ObjectStoreError(code, status: answer.status, "no token", retryAfter: answer.retryAfter)
        }
        if credentials.version == .v1 { return try grantV1(answer, at: time) }
        guard let content = try? StrictJSON(Array(answer.body.readableBytesView)) else {
            throw ObjectStoreError(.denied, status: answer.status, "an answer without a token")
        }
        return credentials.version == .v2 ? try grantV2(content) : try grantV3(answer, content)
    }

    private func grantV1(_ answer: BackendAnswer, at time: WallTime) throws(ObjectStoreError) -> Grant {
        guard let token = answer["X-Auth-Token"] ?? answer["X-Storage-Token"], let url = answer["X-Storage-Url"] else {
            throw ObjectStoreError(.denied, status: answer.status, "an answer without a token")
        }
        let seconds = answer["X-Auth-Token-Expires"].flatMap { Int64($0) }
        let expiry = seconds.map { WallTime(microseconds: time.microseconds + min(max($0, 0), 1 << 31) * 1_000_000) }
        return Grant(SwiftToken(token, storageURL: url), expiry: expiry)
    }

    private func grantV2(_ content: StrictJSON) throws(ObjectStoreError) -> Grant {
        let access = content["access"]
        guard let token = access?["token"]?["id"]?.string else {
            throw ObjectStoreError(.denied, "an answer without a token")
        }
        let key = "\(credentials.endpoint.rawValue)URL"
        let endpoints = Self.endpoints(access?["serviceCatalog"])
        guard let url = endpoints.first(where: { isInRegion($0) })?[key]?.string else { throw noEndpoint }
        let expiry = access?["token"]?["expires"]?.string.flatMap { WallTime(rfc3339: $0.utf8) }
        return Grant(SwiftToken(token, storageURL: url), expiry: expiry)
    }

    private func grantV3(_ answer: BackendAnswer, _ content: StrictJSON) throws(ObjectStoreError) -> Grant {
        guard let token = answer["X-Subject-Token"] else {
            throw ObjectStoreError(.denied, "an answer without a token")
        }
        let endpoints = Self.endpoints(content["token"]?["catalog"])
        let wanted = credentials.endpoint.rawValue
        let found = endpoints.first { $0["interface"]?.string == wanted && isInRegion($0) }
        guard let url = found?["url"]?.string else { throw noEndpoint }
        let expiry = content["token"]?["expires_at"]?.string.flatMap { WallTime(rfc3339: $0.utf8) }
        return Grant(SwiftToken(token, storageURL: url), expiry: expiry)
    }

    private static func endpoints(_ catalog: StrictJSON?) -> [StrictJSON] {
        (catalog?.array ?? []).filter { $0["type"]?.string == "object-store" }.flatMap { $0["endpoints"]?.array ?? [] }
    }

    private func isInRegion(_ endpoint: StrictJSON) -> Bool {
        guard let region = credentials.region else { return true }
        return endpoint["region"]?.string == region || endpoint["region_id"]?.string == region
    }

    private var noEndpoint: ObjectStoreError {
        let place = credentials.region.map { " in region \($0)" } ?? ""
        return ObjectStoreError(.denied, "the catalogue has no \(credentials.endpoint.rawValue) object store\(place)")
    }
}
