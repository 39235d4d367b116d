//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let swift: [ConfigurationKey] =
        [
            ConfigurationKey(
                "storage.swift",
                .choice,
                "keeps content in OpenStack Swift ([Object storage](object-storage.md#openstack-swift))",
                .version2
            )
        ] + swiftAccess + swiftPlace

    private static let swiftAccess: [ConfigurationKey] = [
        ConfigurationKey(
            "storage.swift.authurl",
            .url,
            "who gives out tokens",
            example: "https://keystone.example.com/v3",
            .version2
        ).required(),
        ConfigurationKey(
            "storage.swift.authversion",
            .number(from: 0),
            "the version of authentication, 1 to 3",
            example: "3",
            defaultWords: "as `authurl` tells",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.username",
            .text,
            "the user; of version 1, `account:user`",
            example: "registry",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.password",
            .text,
            "the user's password",
            example: "change-me",
            .version2
        ).secret(),
        ConfigurationKey(
            "storage.swift.applicationcredentialid",
            .text,
            "an application's credential, in place of user and password",
            example: "0123456789abcdef",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.swift.applicationcredentialname",
            .text,
            "its name, which belongs to the user",
            example: "registry",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.swift.applicationcredentialsecret",
            .text,
            "its secret",
            example: "change-me",
            .plimsoll
        ).secret(),
        ConfigurationKey(
            "storage.swift.tenant",
            .text,
            "the project's name",
            example: "registry",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.tenantid",
            .text,
            "the project's id",
            example: "0123456789abcdef",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.domain",
            .text,
            "the name of the user's domain",
            example: "Default",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.domainid",
            .text,
            "the id of the user's domain",
            example: "default",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.tenantdomain",
            .text,
            "the name of the project's domain",
            example: "Default",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.tenantdomainid",
            .text,
            "the id of the project's domain",
            example: "default",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.trustid",
            .text,
            "a trust, in whose place the user acts",
            example: "0123456789abcdef",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.region",
            .text,
            "the region",
            example: "RegionOne",
            defaultWords: "any",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.endpointtype",
            .form("endpoint type", pattern: "^(public|internal|admin)(URL)?$"),
            "which of the object store's addresses is used",
            default: "public",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.insecureskipverify",
            .truth,
            "takes any certificate",
            default: "false",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.rootcertificates",
            .path(.read),
            "authorities that certificates may come from, beside those of the system, in PEM form",
            example: "/etc/plimsoll/openstack-ca.pem",
            .plimsoll
        ),
    ]

    private static let swiftPlace: [ConfigurationKey] = [
        ConfigurationKey(
            "storage.swift.container",
            .text,
            "the container; made if it is not there",
            example: "registry",
            .version2
        ).required(),
        ConfigurationKey(
            "storage.swift.prefix",
            .text,
            "the folder in the container",
            example: "registry",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.chunksize",
            .size,
            "the segments of an upload, of which up to four are in memory",
            default: "20MiB",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.secretkey",
            .text,
            "signs the addresses that clients are sent to",
            example: "change-me",
            defaultWords: "the key that is with the account or the container; made if there is none",
            .version2
        ).secret(),
        ConfigurationKey("storage.swift.accesskey", .text, "the key's name at one vendor", .version2)
            .refused("is of a service that has ended; remove the key"),
        ConfigurationKey(
            "storage.swift.tempurlcontainerkey",
            .truth,
            "takes the container's key, and not the account's",
            default: "false",
            .version2
        ),
        ConfigurationKey(
            "storage.swift.tempurlmethods",
            .list(of: .word(SwiftSettings.methods)),
            "for which methods clients are sent to signed addresses",
            example: "[GET, HEAD]",
            defaultWords: "all",
            .version2
        ),
    ]
}
