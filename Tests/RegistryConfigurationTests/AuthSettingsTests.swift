//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryConfiguration
import Testing

@Suite("Access control")
struct AuthSettingsTests {
    @Test(
        "without a scheme everybody is let in",
        arguments: ["", "auth: {}", "auth:", "auth: {none: {}}", "auth: none"]
    )
    func none(text: String) throws {
        #expect(try load(file(text)).auth == AuthSettings())
    }

    @Test("each scheme is taken with its keys")
    func schemes() throws {
        let htpasswd = try load(file("auth: {htpasswd: {realm: r, path: /p}}")).auth
        #expect(htpasswd.scheme == .htpasswd(HtpasswdSettings(realm: "r", path: "/p")))
        let token = try load(
            file(
                "auth: {token: {realm: r, service: s, issuer: i, jwks: /k, autoredirect: true, leeway: 5s, "
                    + "signingalgorithms: [ES256, EdDSA]}}"
            )
        )
        .auth
        var expected = TokenSettings(realm: "r", service: "s", issuer: "i", keySet: "/k")
        expected.signingAlgorithms = ["ES256", "EdDSA"]
        expected.redirectPath = "/auth/token"
        expected.leeway = .seconds(5)
        #expect(token.scheme == .token(expected))
    }

    @Test("the environment selects a scheme, as distribution's users write it")
    func environment() throws {
        let variables = [
            "REGISTRY_AUTH": "htpasswd", "REGISTRY_AUTH_HTPASSWD_REALM": "r", "REGISTRY_AUTH_HTPASSWD_PATH": "/p",
        ]
        let expected = AuthSettings.Scheme.htpasswd(HtpasswdSettings(realm: "r", path: "/p"))
        #expect(try load(file(""), environment: variables).auth.scheme == expected)
        #expect(try load(file("auth: {silly: {realm: r, service: s}}"), environment: variables).auth.scheme == expected)
    }

    @Test(
        "half-written access control is refused: the registry would be open",
        arguments: [
            "{htpasswd: }", "{silly: {}}", "false", "htpasswd", "{htpasswd: {realm: r}}", "{ldap: {}}",
            "{token: {realm: r, service: s, issuer: i}}", "{policy: {rules: []}}",
            "{silly: {realm: r, service: s}, htpasswd: {realm: r, path: p}}",
            "{htpasswd: {realm: r, path: p, pasth: q}}",
            "{token: {realm: r, service: s, issuer: i, jwks: k, signingalgorithms: [none]}}",
            "{token: {realm: r, service: s, issuer: i, jwks: 'https://x/y'}}",
        ]
    )
    func refused(text: String) {
        #expect(!problems(file("auth: \(text)")).isEmpty)
    }

    @Test("rules keep the lines they stand on")
    func policy() throws {
        let text = """
            groups: {ci: [robot]}
            rules:
              - {repositories: ["public/**"], everyone: true, actions: [pull]}
              - {repositories: team/*, groups: [ci], actions: [pull, push], effect: deny}
            readonlyusers: [mirror]
            immutabletags:
              - {repositories: ["**"], tags: ["v*"]}
            """
        let policy = try PolicySettings.load(yaml: text, file: "policy.yml")
        #expect(policy.rules.map(\.origin) == [.file(line: 3), .file(line: 4)])
        #expect(policy.rules.map(\.effect) == [.allow, .deny])
        #expect(policy.rules.last?.repositories == ["team/*"])
        #expect(policy.immutableTags.first?.tags == ["v*"])
        #expect(policy.readOnlyUsers == ["mirror"])
    }

    @Test("what is wrong with a policy is told by line")
    func wrongPolicy() {
        let text = """
            rules:
              - {repositories: ["a b"], everyone: true, actions: [pull]}
              - {repositories: [a], actions: [pull]}
              - {repositories: [a], groups: [cj], actions: [pull]}
              - {repositories: [a], everyone: true, action: [pull]}
            """
        do throws(ConfigurationFailure) {
            _ = try PolicySettings.load(yaml: text, file: "policy.yml")
            Issue.record("taken")
        } catch {
            for line in 2...5 { #expect(error.description.contains("policy.yml:\(line): rules.\(line - 2)")) }
        }
    }
}
