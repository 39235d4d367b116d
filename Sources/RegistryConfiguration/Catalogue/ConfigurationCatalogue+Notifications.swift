//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

import RegistryModel

extension ConfigurationCatalogue {
    static let notifications: [ConfigurationKey] =
        [
            ConfigurationKey(
                "notifications",
                .section,
                "events that are posted to other servers ([Notifications](notifications.md))"
            ),
            ConfigurationKey("notifications.events", .section, "what stands in events"),
            ConfigurationKey(
                "notifications.events.includereferences",
                .truth,
                "names what a manifest refers to",
                default: "false"
            ),
            ConfigurationKey(
                "notifications.history",
                .duration(zero: true),
                "how long events that have arrived are kept, so that they can be sent again; `0` is not at all",
                default: "24h",
                .plimsoll
            ),
            ConfigurationKey(
                "notifications.endpoints",
                .sections,
                "where events are posted to, each with a queue of its own on the disk"
            ),
            endpoint("name", .text, "its name in metrics and for commands, another for each", example: "ci").required(),
            endpoint("disabled", .truth, "switches the endpoint off, whatever else is said of it", default: "false"),
            endpoint(
                "url",
                .url,
                "the address that takes events; a query in it is shown nowhere",
                example: "https://ci.example.com/registry-events"
            ).required().effective { url in
                let address = url.withoutQuery
                return address.endIndex < url.endIndex ? address + "?<redacted>" : url
            },
            endpoint(
                "headers",
                .map(of: .list(of: .text)),
                "headers of each post, such as a token",
                example: "{Authorization: [Bearer token]}"
            ).secret(),
            endpoint("timeout", .duration(zero: true), "for one post; `0` is the default", default: "1s")
                .zeroIsDefault(),
            endpoint(
                "threshold",
                .number(from: 0),
                "posts in a row that fail before a pause; `0` is the default",
                default: "10"
            ).zeroIsDefault(),
            endpoint(
                "backoff",
                .duration(zero: true),
                "the first and the least of those pauses, which grow up to a minute; `0` is the default",
                default: "1s"
            ).zeroIsDefault(),
        ] + form + filters + bounds

    private static let form: [ConfigurationKey] = [
        endpoint(
            "format",
            .word(["distribution", "cloudevents", "cloudevents-binary"]),
            "the form of a post: distribution's envelope, or CloudEvents 1.0, structured or binary",
            default: "distribution",
            .plimsoll
        ),
        endpoint(
            "secret",
            .text,
            "what posts are signed with (Standard Webhooks): `whsec_` and base64, or any other text",
            example: "a-long-random-text",
            .plimsoll
        ).secret(),
        endpoint(
            "secretfile",
            .path(.readSecret),
            "a file with such secrets instead, one a line, each of which signs, so that they can be exchanged",
            example: "/etc/plimsoll/ci.secret",
            .plimsoll
        ),
        endpoint("batch", .section, "several events in one post", .plimsoll),
        endpoint("batch.size", .number(from: 1), "events in a post at most, up to 1000", default: "1", .plimsoll),
        endpoint(
            "batch.wait",
            .duration(zero: true),
            "how long fewer wait for more",
            default: "0s",
            example: "1s",
            .plimsoll
        ),
        endpoint(
            "parallel",
            .number(from: 1),
            "posts at the same time; of one repository there is one at a time in any case",
            default: "4",
            .plimsoll
        ),
        endpoint("tls", .section, "what encrypted connections need", .plimsoll),
        endpoint(
            "tls.rootcas",
            .list(of: .path(.read)),
            "authorities that are trusted instead of the system's, in PEM form",
            example: "[/etc/plimsoll/ca.pem]",
            .plimsoll
        ),
        endpoint(
            "tls.certificate",
            .path(.read),
            "the certificate that is shown, with its chain",
            example: "/etc/plimsoll/hook.pem",
            .plimsoll
        ),
        endpoint("tls.key", .path(.readSecret), "its key", example: "/etc/plimsoll/hook.key", .plimsoll),
        endpoint(
            "tls.minimumtls",
            .word(["tls1.2", "tls1.3"]),
            "the oldest version that is spoken",
            default: "tls1.2",
            .plimsoll
        ),
    ]

    private static let filters: [ConfigurationKey] = [
        endpoint(
            "ignoredmediatypes",
            .list(of: .text),
            "media types of manifests and blobs whose events are left out",
            example: "[application/octet-stream]"
        ),
        endpoint("ignore", .section, "events that are left out"),
        endpoint("ignore.mediatypes", .list(of: .text), "by media type", example: "[application/octet-stream]"),
        endpoint("ignore.actions", .list(of: .word(actions)), "by action", example: "[pull]"),
        endpoint(
            "repositories",
            .list(of: .text),
            "patterns of the repositories whose events are wanted; without any, all are",
            example: "[team/**]",
            .plimsoll
        ),
        endpoint(
            "actions",
            .list(of: .word(actions)),
            "actions whose events are wanted; without any, all are",
            example: "[push, delete]",
            .plimsoll
        ),
    ]

    private static let bounds: [ConfigurationKey] = [
        endpoint(
            "maxretries",
            .number(from: 0),
            "further attempts at an event, after which it goes to the dead letters; `0` is without end",
            default: "0",
            .plimsoll
        ),
        endpoint(
            "queue",
            .section,
            "what may wait for the endpoint; the oldest beyond that go to the dead letters",
            .plimsoll
        ),
        endpoint("queue.count", .number(from: 0), "events; `0` is without bound", default: "1000000", .plimsoll),
        endpoint("queue.bytes", .size, "bytes of them; `0` is without bound", default: "1GiB", .plimsoll),
        endpoint(
            "queue.age",
            .duration(zero: true),
            "how long one may wait; `0` is without bound",
            default: "168h",
            .plimsoll
        ),
        endpoint(
            "deadletters",
            .section,
            "what is kept of events that were given up; the oldest beyond that are gone for good",
            .plimsoll
        ),
        endpoint("deadletters.count", .number(from: 0), "events; `0` is without bound", default: "100000", .plimsoll),
        endpoint(
            "deadletters.age",
            .duration(zero: true),
            "how long one is kept since it was given up; `0` is without bound",
            default: "720h",
            .plimsoll
        ),
    ]

    private static let actions = NotificationSettings.actions

    private static func endpoint(
        _ name: String,
        _ kind: ConfigurationKind,
        _ meaning: String,
        default standard: String? = nil,
        example: String? = nil,
        _ generation: ConfigurationKey.Generation = .both
    ) -> ConfigurationKey {
        ConfigurationKey(
            "notifications.endpoints[].\(name)",
            kind,
            meaning,
            default: standard,
            example: example,
            generation
        )
    }
}
