//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let middleware: [ConfigurationKey] =
        [ConfigurationKey("middleware", .section, "what stands between the registry and its parts")]
        + ["registry", "repository"].flatMap { kind in
            kinds(kind, "middleware of the \(kind); only what is disabled is taken", example: "redirect") + [
                ConfigurationKey(
                    "middleware.\(kind)[].options",
                    .map(of: .text),
                    "its options, which are not looked at",
                    example: "{baseurl: https://cdn.example.com/}"
                ).secret()
            ]
        }
        + kinds(
            "storage",
            "where clients are sent for blobs, each around the one before "
                + "([Object storage](object-storage.md#middleware))",
            example: "redirect"
        )
        + storageOptions

    private static func kinds(_ kind: String, _ meaning: String, example: String) -> [ConfigurationKey] {
        [
            ConfigurationKey("middleware.\(kind)", .sections, meaning),
            ConfigurationKey("middleware.\(kind)[].name", .text, "its name", example: example).required(),
            ConfigurationKey("middleware.\(kind)[].disabled", .truth, "leaves it out", default: "false"),
        ]
    }

    private static func option(_ name: String) -> String { "middleware.storage[].options.\(name)" }

    private static let storageOptions: [ConfigurationKey] = [
        ConfigurationKey("middleware.storage[].options", .section, "its options"),
        ConfigurationKey(
            option("baseurl"),
            .url,
            "of `redirect` and `cloudfront`: what comes before the path",
            example: "https://cdn.example.com"
        ),
        ConfigurationKey(
            option("privatekey"),
            .path(.readSecret),
            "of `cloudfront`: the RSA key in PEM form that addresses are signed with",
            example: "/etc/plimsoll/cloudfront.pem"
        ),
        ConfigurationKey(
            option("keypairid"),
            .text,
            "of `cloudfront`: what it calls that key",
            example: "APKAEXAMPLE"
        ),
        ConfigurationKey(
            option("duration"),
            .duration(zero: false),
            "of `cloudfront`: how long an address is good",
            default: "20m"
        ),
        ConfigurationKey(
            option("ipfilteredby"),
            .word(["none", "aws", "awsregion"]),
            "of `cloudfront`: which clients are sent to the bucket itself: none, those within AWS, or those in `awsregion`",
            default: "none"
        ),
        ConfigurationKey(
            option("awsregion"),
            .text,
            "of `cloudfront`: regions, with commas between them",
            example: "us-east-1,us-west-2"
        ),
        ConfigurationKey(
            option("updatefrequency"),
            .duration(zero: false),
            "of `cloudfront`: between two questions for AWS's addresses",
            default: "12h"
        ).replacing("middleware.storage[].options.updatefrenquency"),
        ConfigurationKey(
            option("updatefrenquency"),
            .duration(zero: false),
            "old name of `updatefrequency`, which wins where both are given",
            default: "12h"
        ).replaced(by: "middleware.storage[].options.updatefrequency"),
        ConfigurationKey(
            option("iprangesurl"),
            .url,
            "of `cloudfront`: the list of AWS's addresses",
            default: "https://ip-ranges.amazonaws.com/ip-ranges.json"
        ),
        ConfigurationKey(
            option("scheme"),
            .word(["http", "https"]),
            "of `rewrite`: in place of the address's scheme",
            example: "https",
            .version3
        ),
        ConfigurationKey(
            option("host"),
            .text,
            "of `rewrite`: in place of the address's host and port",
            example: "cdn.example.com",
            .version3
        ),
        ConfigurationKey(
            option("trimpathprefix"),
            .text,
            "of `rewrite`: taken off the beginning of the address's path",
            example: "/bucket",
            .version3
        ),
    ]
}
