//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("The section storage.swift")
struct SwiftSettingsTests {
    private func with(_ text: String) -> String {
        "version: 0.1\nhttp: {addr: \":5000\"}\nstorage:\n  swift: {\(text)}"
    }

    private func swift(_ text: String) throws -> SwiftSettings {
        guard case .swift(let settings) = try load(with(text)).storage.driver else {
            Issue.record("not the driver")
            return SwiftSettings()
        }
        return settings
    }

    private static let least = "username: u, password: p, authurl: \"https://k/v3\", container: c"

    @Test("takes every parameter of distribution's")
    func every() throws {
        let settings = try swift(
            Self.least + ", tenant: t, tenantid: ti, domain: d, domainid: di, tenantdomain: td, tenantdomainid: tdi, "
                + "trustid: tr, region: r, authversion: 3, prefix: /a/b/, endpointtype: internal, "
                + "insecureskipverify: true, chunksize: 5242880, secretkey: k, tempurlcontainerkey: true, "
                + "tempurlmethods: [get, HEAD]"
        )
        var expected = SwiftSettings()
        expected.username = "u"
        expected.password = Secret("p")
        expected.authURL = "https://k/v3"
        expected.container = "c"
        expected.project = "t"
        expected.projectID = "ti"
        expected.domain = "d"
        expected.domainID = "di"
        expected.projectDomain = "td"
        expected.projectDomainID = "tdi"
        expected.trustID = "tr"
        expected.region = "r"
        expected.authVersion = 3
        expected.prefix = "a/b"
        expected.endpointType = "internal"
        expected.skipsVerification = true
        expected.chunkBytes = 5 << 20
        expected.temporaryKey = Secret("k")
        expected.keepsKeyWithContainer = true
        expected.temporaryMethods = ["GET", "HEAD"]
        #expect(settings == expected)
        #expect(try swift(Self.least + ", endpointtype: publicURL").endpointType == "public")
        let plain = try swift(Self.least)
        #expect(plain.temporaryMethods == nil && plain.chunkBytes == 20 << 20 && plain.authVersion == nil)
        #expect(!"\(plain)".contains("\"p\""))
    }

    @Test("takes an application's credential in place of user and password")
    func application() throws {
        let settings = try swift(
            "authurl: \"https://k/v3\", container: c, applicationcredentialid: i, applicationcredentialsecret: s"
        )
        #expect(settings.applicationID == "i" && settings.applicationSecret == Secret("s"))
    }

    @Test(
        "refuses what is wrong",
        arguments: [
            (
                "container: c",
                [".authurl: is required", ": needs username and password, or an application's credential"]
            ),
            (least + ", chunksize: 1", [".chunksize: must be from 1 MiB to 5 GiB"]),
            (least + ", authversion: 4", [".authversion: must be 1, 2 or 3, or 0 for what authurl tells"]),
            (least + ", endpointtype: other", [".endpointtype: must be one of public, internal, admin"]),
            (
                least + ", tempurlmethods: [PATCH]",
                [".tempurlmethods.0: must be some of GET, HEAD, PUT, POST, DELETE"]
            ),
            (least + ", accesskey: a", [".accesskey: is of a service that has ended; remove the key"]),
            (
                least + ", applicationcredentialid: i",
                [": needs applicationcredentialid or -name together with applicationcredentialsecret"]
            ),
        ]
    )
    func wrong(_ text: String, _ expected: [String]) {
        #expect(Set(problems(with(text))) == Set(expected.map { "config.yml:4: storage.swift" + $0 }))
    }
}
