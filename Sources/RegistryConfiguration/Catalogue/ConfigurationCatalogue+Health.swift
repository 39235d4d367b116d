//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

extension ConfigurationCatalogue {
    static let health: [ConfigurationKey] = [
        ConfigurationKey("health", .section, "the checks behind `/debug/health`; while one fails, clients get 503")
            .template(""),
        ConfigurationKey("health.storagedriver", .section, "the check of the storage").template(""),
        ConfigurationKey("health.storagedriver.enabled", .truth, "watches the storage", default: "false").template(
            "true"
        ),
        interval("storagedriver").template("10s"),
        threshold("storagedriver").template("3"),
        ConfigurationKey("health.file", .sections, "checks that fail while a file exists"),
        ConfigurationKey("health.file[].file", .path(.watched), "the file", example: "/run/plimsoll/maintenance")
            .required(),
        interval("file[]"),
        ConfigurationKey("health.http", .sections, "checks of other servers by a HEAD request"),
        ConfigurationKey("health.http[].uri", .url, "what is asked for", example: "http://127.0.0.1:8080/health")
            .required().effective { $0.withoutQuery.endIndex < $0.endIndex ? $0.withoutQuery + "?…" : $0 },
        ConfigurationKey(
            "health.http[].headers",
            .map(of: .list(of: .text)),
            "headers of the request: lists of values by name",
            example: "{Authorization: [Bearer change-me]}"
        ).secret(),
        ConfigurationKey(
            "health.http[].statuscode",
            .number(from: 100),
            "the status that is right",
            default: "200"
        ).zeroIsDefault(),
        timeout("http[]"), interval("http[]"), threshold("http[]"),
        ConfigurationKey("health.tcp", .sections, "checks whether other servers take connections"),
        ConfigurationKey("health.tcp[].addr", .address, "where to connect to", example: "127.0.0.1:6379").required(),
        timeout("tcp[]"), interval("tcp[]"), threshold("tcp[]"),
    ]

    private static func interval(_ check: String) -> ConfigurationKey {
        ConfigurationKey(
            "health.\(check).interval",
            .duration(zero: true),
            "the time between two checks; `0` is the default",
            default: "10s"
        ).zeroIsDefault()
    }

    private static func timeout(_ check: String) -> ConfigurationKey {
        ConfigurationKey(
            "health.\(check).timeout",
            .duration(zero: true),
            "how long a check may take; `0` is the default",
            default: "5s"
        ).zeroIsDefault()
    }

    private static func threshold(_ check: String) -> ConfigurationKey {
        ConfigurationKey(
            "health.\(check).threshold",
            .number(from: 0),
            "checks that must fail in a row; `0` and `1` mean the first",
            default: "0"
        )
    }

    static let limits: [ConfigurationKey] = [
        ConfigurationKey(
            "limits",
            .section,
            "what clients may ask for; who asks for more is told so, counted and logged",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.maxinflight",
            .number(from: 0),
            "requests under way at a time; `0` is without limit",
            default: "4096",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.maxconnections",
            .number(from: 0),
            "connections at a time; `0` is without limit",
            default: "8192",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.maxclientconnections",
            .number(from: 0),
            "connections of one address at a time; `0` is without limit",
            default: "0",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.maxheadersize",
            .size,
            "what the head of a request may have, from `4KiB` to `1MiB`",
            default: "48KiB",
            .plimsoll
        ),
        rate("client", "requests a second from one address"), burst("client"),
        rate("user", "requests a second of one user"), burst("user"),
        ConfigurationKey(
            "limits.tracked",
            .number(from: 1),
            "addresses and users whose rate is remembered at a time",
            default: "65536",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.maxblobsize",
            .size,
            "what a blob may have; `0` is without limit",
            default: "0",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.maxmanifestsize",
            .size,
            "what a manifest may have, from `1KiB` to `64MiB`",
            default: "4MiB",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.minbodyrate",
            .size,
            "bytes a second that a client must send of a body on average; `0` is any",
            default: "512",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.minsendrate",
            .size,
            "bytes a second that a client must take in of an answer on average; `0` is any",
            default: "512",
            .plimsoll
        ),
        ConfigurationKey(
            "limits.rategrace",
            .duration(zero: false),
            "the time over which these two averages are taken",
            default: "60s",
            .plimsoll
        ),
    ]

    private static func rate(_ who: String, _ meaning: String) -> ConfigurationKey {
        ConfigurationKey(
            "limits.\(who)rate",
            .form("number", pattern: #"^[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$"#),
            "\(meaning), on average; more are answered 429; `0` is without limit",
            default: "0",
            .plimsoll
        )
    }

    private static func burst(_ who: String) -> ConfigurationKey {
        ConfigurationKey(
            "limits.\(who)burst",
            .number(from: 0),
            "requests that may come at once; `0` is what one second allows",
            default: "0",
            .plimsoll
        )
    }
}
