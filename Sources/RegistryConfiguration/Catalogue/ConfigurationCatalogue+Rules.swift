//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let validation: [ConfigurationKey] = [
        ConfigurationKey("validation", .section, "what manifests are checked for when they are pushed"),
        ConfigurationKey(
            "validation.enabled",
            .truth,
            "old and without effect; only `true` is taken",
            default: "true"
        ).replaced(by: "validation.disabled"),
        ConfigurationKey(
            "validation.disabled",
            .truth,
            "does without these checks: of an index no manifest must be there, and layers may be kept anywhere on the web",
            default: "false"
        ),
        ConfigurationKey("validation.manifests", .section, "the checks of manifests"),
        ConfigurationKey(
            "validation.manifests.urls",
            .section,
            "the addresses of layers that are kept elsewhere; with neither `allow` nor `deny` no layer may be"
        ),
        ConfigurationKey(
            "validation.manifests.urls.allow",
            .list(of: .text),
            "regular expressions in RE2's syntax, one of which must match; without any, all that `deny` leaves are taken",
            example: "['^https://cdn\\.example\\.com/']"
        ),
        ConfigurationKey(
            "validation.manifests.urls.deny",
            .list(of: .text),
            "regular expressions in RE2's syntax, none of which may match",
            example: "['^http:']"
        ),
        ConfigurationKey(
            "validation.manifests.indexes",
            .section,
            "the manifests that an index points to",
            .version3
        ),
        ConfigurationKey(
            "validation.manifests.indexes.platforms",
            .word(["all", "none", "list"]),
            "which of them must be there: of all platforms, of none, or of those in `platformlist`",
            default: "all",
            .version3
        ),
        ConfigurationKey(
            "validation.manifests.indexes.platformlist",
            .sections,
            "platforms whose manifests must be there",
            .version3
        ),
        ConfigurationKey(
            "validation.manifests.indexes.platformlist[].os",
            .text,
            "the operating system",
            example: "linux",
            .version3
        ).required(),
        ConfigurationKey(
            "validation.manifests.indexes.platformlist[].architecture",
            .text,
            "the architecture",
            example: "amd64",
            .version3
        ).required(),
        ConfigurationKey("policy", .section, "what may be pushed"),
        ConfigurationKey("policy.repository", .section, "what repositories may hold"),
        ConfigurationKey(
            "policy.repository.classes",
            .list(of: .word(["image", "plugin"])),
            "the kinds of images that are taken, told by the type of their configuration; others get 403",
            example: "[image]",
            defaultWords: "any"
        ),
    ]

    static let tracing: [ConfigurationKey] = [
        ConfigurationKey(
            "tracing",
            .section,
            "the traces of requests ([Traces](tracing.md)); the `OTEL_` variables of OpenTelemetry win",
            .plimsoll
        ),
        ConfigurationKey(
            "tracing.enabled",
            .truth,
            "traces requests; needs `endpoint` or `file`, which have no effect without it",
            default: "false",
            .plimsoll
        ),
        ConfigurationKey(
            "tracing.sampleratio",
            .form("number from 0 to 1", pattern: #"^(0|1|[01]?\.[0-9]+|[0-9]+(\.[0-9]+)?[eE][+-]?[0-9]+)$"#),
            "the share of traces that are kept, unless the caller has decided; errors and slow requests always are",
            default: "0.01",
            .plimsoll
        ),
        ConfigurationKey(
            "tracing.slow",
            .duration(zero: true),
            "always keeps a request that lets its client wait for longer; `0` for none",
            default: "1s",
            .plimsoll
        ),
        ConfigurationKey(
            "tracing.file",
            .path(.made),
            "a file that takes what is kept, one trace a line; rotated like a log",
            example: "/var/log/plimsoll/traces.jsonl",
            .plimsoll
        ),
        ConfigurationKey(
            "tracing.endpoint",
            .url,
            "the collector, by OTLP over HTTP: what comes before `/v1/traces`",
            example: "http://127.0.0.1:4318",
            .plimsoll
        ),
        ConfigurationKey(
            "tracing.headers",
            .map(of: .text),
            "headers for the collector, by name",
            example: "{Authorization: Bearer change-me}",
            .plimsoll
        ).secret(),
        ConfigurationKey(
            "tracing.protocol",
            .word(["http/protobuf", "http/json"]),
            "the encoding for the collector",
            default: "http/protobuf",
            .plimsoll
        ),
    ]
}
