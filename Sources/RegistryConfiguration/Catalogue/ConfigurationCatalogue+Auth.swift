//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let auth: [ConfigurationKey] =
        [
            ConfigurationKey("auth", .choice, "who may use the registry: at most one scheme; without it everybody may"),
            ConfigurationKey("auth.none", .choice, "lets everybody do everything", .version3),
            ConfigurationKey("auth.silly", .choice, "takes any `Authorization` header, for tests of clients"),
            ConfigurationKey("auth.silly.realm", .text, "the realm of the challenge", example: "silly-realm"),
            ConfigurationKey("auth.silly.service", .text, "the service of the challenge", example: "silly-service"),
            ConfigurationKey("auth.htpasswd", .choice, "names and passwords from a file, by basic authentication"),
            ConfigurationKey("auth.htpasswd.realm", .text, "the realm of the challenge", example: "Registry"),
            ConfigurationKey(
                "auth.htpasswd.path",
                .path(.readSecret),
                "the file, with lines of bcrypt",
                example: "/etc/plimsoll/htpasswd"
            ),
            ConfigurationKey("auth.token", .choice, "tokens that another server signs"),
            ConfigurationKey(
                "auth.token.realm",
                .url,
                "where clients get tokens",
                example: "https://auth.example.com/token"
            ),
            ConfigurationKey(
                "auth.token.service",
                .text,
                "the name of this registry in tokens",
                example: "registry.example.com"
            ),
            ConfigurationKey("auth.token.issuer", .text, "who signs tokens", example: "auth.example.com"),
            ConfigurationKey(
                "auth.token.rootcertbundle",
                .path(.read),
                "the certificates that tokens are signed with, in PEM form",
                example: "/etc/plimsoll/token.pem"
            ),
            ConfigurationKey(
                "auth.token.jwks",
                .path(.read),
                "the keys that tokens are signed with, as a JSON Web Key Set",
                example: "/etc/plimsoll/jwks.json",
                .version3
            ),
            ConfigurationKey(
                "auth.token.autoredirect",
                .truth,
                "names this registry's own host as the realm",
                default: "false"
            ),
            ConfigurationKey(
                "auth.token.autoredirectpath",
                .text,
                "the path of the realm then",
                default: "/auth/token",
                .version3
            ),
            ConfigurationKey(
                "auth.token.signingalgorithms",
                .list(
                    of: .word([
                        "EdDSA", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512",
                        "PS256",
                        "PS384", "PS512",
                    ])
                ),
                "the algorithms that tokens may be signed with",
                example: "[RS256, ES256]",
                defaultWords: "all",
                .version3
            ),
            ConfigurationKey(
                "auth.token.leeway",
                .duration(zero: true),
                "how far clocks may differ, up to `1h`",
                default: "60s",
                .plimsoll
            ),
        ] + policy

    private static let policy: [ConfigurationKey] = [
        ConfigurationKey("auth.policy", .choice, "who may do what where: a file, or rules here", .plimsoll),
        ConfigurationKey(
            "auth.policy.file",
            .path(.read),
            "a file with the keys of this section",
            example: "/etc/plimsoll/policy.yml",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.groups",
            .map(of: .list(of: .text)),
            "users by group",
            example: "{build: [ci, nightly]}",
            .plimsoll
        ),
        ConfigurationKey("auth.policy.rules", .sections, "rules, of which the first that fits decides", .plimsoll),
        ConfigurationKey(
            "auth.policy.rules[].effect",
            .word(["allow", "deny"]),
            "what the rule does",
            default: "allow",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.rules[].repositories",
            .list(of: .text),
            "patterns of repositories with `*`, `**` and `?`",
            example: "[library/*]",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.rules[].users",
            .list(of: .text),
            "for these users",
            example: "[ci]",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.rules[].groups",
            .list(of: .text),
            "for the users of these groups",
            example: "[build]",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.rules[].everyone",
            .truth,
            "for everybody, with a name or without",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.rules[].actions",
            .list(of: .word(["pull", "push", "delete"])),
            "what it is about",
            example: "[pull]",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.readonlyusers",
            .list(of: .text),
            "users who may only pull, whatever the rules say",
            example: "[auditor]",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.immutabletags",
            .sections,
            "tags that cannot be moved or removed once they are there",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.immutabletags[].repositories",
            .list(of: .text),
            "patterns of repositories",
            example: "[library/*]",
            .plimsoll
        ),
        ConfigurationKey(
            "auth.policy.immutabletags[].tags",
            .list(of: .text),
            "patterns of tags",
            example: "['v*']",
            .plimsoll
        ),
    ]
}
