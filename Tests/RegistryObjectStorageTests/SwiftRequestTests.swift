//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import RegistryModel
import RegistryObjectStorage
import RegistryTelemetry
import Testing

@Suite("Requests for tokens, and signed addresses, of OpenStack Swift")
struct SwiftRequestTests {
    /// The expected ones are of Swift's own code: `swift.common.digest.get_hmac` of Swift 2.30.1.
    @Test("Signed addresses are those that the server makes")
    func temporaryURLs() {
        let expiry = WallTime(microseconds: 1_323_479_485_000_000)
        let path = "/v1/AUTH_account/c/docker/registry/v2/a b"
        #expect(
            SwiftTemporaryURL(key: "my key", .sha1).query("GET", path: path, expiry: expiry)
                == "temp_url_sig=a4e4bd333c428d57a527d89a5bc7dec3833cbc42&temp_url_expires=1323479485"
        )
        #expect(
            SwiftTemporaryURL(key: "my key", .sha256).query("HEAD", path: path, expiry: expiry)
                == "temp_url_sig=33cdec8c8266f5dd68ea90f89718aa8905406bb66574277188f5a4636f17d4eb"
                + "&temp_url_expires=1323479485"
        )
    }

    private static func credentials(_ url: String) -> SwiftCredentials {
        var credentials = SwiftCredentials(authURL: url, version: .init(authURL: url))
        credentials.username = "admin"
        credentials.password = "a \"password\""
        return credentials
    }

    private static func body(_ credentials: SwiftCredentials) throws -> StrictJSON {
        let message = SwiftAuthRequest(credentials).message
        return try StrictJSON(Array(try #require(message.body.buffers.first).readableBytesView))
    }

    @Test("Version 3: a password, for a project by its name and domain, or by its id")
    func password() throws {
        var credentials = Self.credentials("https://keystone.example.com/v3/")
        credentials.domain = .init(name: "Default")
        credentials.project = .init(name: "registry")
        credentials.projectDomain = .init(id: "1789d1")
        #expect(SwiftAuthRequest(credentials).message.url == "https://keystone.example.com/v3/auth/tokens")
        let expected = """
            {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "admin",
            "domain": {"name": "Default"}, "password": "a \\"password\\""}}},
            "scope": {"project": {"name": "registry", "domain": {"id": "1789d1"}}}}}
            """
        #expect(try Self.body(credentials) == StrictJSON(Array(expected.utf8)))
        credentials.project = .init(id: "a6944d")
        #expect(try Self.body(credentials)["auth"]?["scope"]?["project"]?["id"]?.string == "a6944d")
        credentials.trust = "de0945a"
        #expect(try Self.body(credentials)["auth"]?["scope"]?["OS-TRUST:trust"]?["id"]?.string == "de0945a")
        #expect(!"\(credentials)".contains("password"))
    }

    @Test("Version 3: an application's credential, which has its project with it")
    func application() throws {
        var credentials = Self.credentials("https://keystone.example.com/v3")
        credentials.project = .init(name: "registry")
        credentials.application = .init(.init(id: "423f19a4"), secret: "a secret")
        let expected = """
            {"auth": {"identity": {"methods": ["application_credential"],
            "application_credential": {"id": "423f19a4", "secret": "a secret"}}}}
            """
        #expect(try Self.body(credentials) == StrictJSON(Array(expected.utf8)))
        credentials.application = .init(.init(name: "monitoring"), secret: "a secret")
        let named = try Self.body(credentials)["auth"]?["identity"]?["application_credential"]
        #expect(named?["name"]?.string == "monitoring" && named?["user"]?["name"]?.string == "admin")
        #expect(named?["user"]?["domain"]?["id"]?.string == "default")
    }

    @Test("Versions 2 and 1")
    func older() throws {
        var credentials = Self.credentials("https://keystone.example.com/v2.0")
        credentials.project = .init(name: "registry")
        #expect(SwiftAuthRequest(credentials).message.url == "https://keystone.example.com/v2.0/tokens")
        let expected = """
            {"auth": {"passwordCredentials": {"username": "admin", "password": "a \\"password\\""},
            "tenantName": "registry"}}
            """
        #expect(try Self.body(credentials) == StrictJSON(Array(expected.utf8)))
        let first = SwiftAuthRequest(Self.credentials("https://swift.example.com/auth/v1.0")).message
        #expect(first.method == "GET" && first.headers.map(\.name) == ["x-auth-user", "x-auth-key"])
    }
}
