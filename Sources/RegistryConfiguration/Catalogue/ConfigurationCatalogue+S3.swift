//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let s3: [ConfigurationKey] =
        s3Keys("s3", "keeps content in Amazon S3, or in what speaks like it ([Object storage](object-storage.md))")
        + s3Keys("s3aws", "another name of `storage.s3`")

    private static func s3Keys(_ name: String, _ meaning: String) -> [ConfigurationKey] {
        [ConfigurationKey("storage.\(name)", .choice, meaning)] + s3Access(name) + s3Place(name) + s3Content(name)
    }

    private static func s3Access(_ name: String) -> [ConfigurationKey] {
        [
            ConfigurationKey(
                "storage.\(name).accesskey",
                .text,
                "the key's name",
                example: "AKIAEXAMPLE",
                defaultWords: "as the environment, a web identity, `~/.aws/credentials` or the platform tells"
            ).secret(),
            ConfigurationKey(
                "storage.\(name).secretkey",
                .text,
                "the key",
                example: "change-me",
                defaultWords: "likewise"
            ).secret(),
            ConfigurationKey(
                "storage.\(name).sessiontoken",
                .text,
                "what belongs to a key that is good for a while",
                example: "change-me",
                defaultWords: "likewise",
                .plimsoll
            ).secret(),
            ConfigurationKey(
                "storage.\(name).v4auth",
                .truth,
                "signs with version 4, the only one that is supported",
                default: "true"
            ),
            ConfigurationKey(
                "storage.\(name).useragent",
                .text,
                "stands before the server's own name in requests",
                example: "registry"
            ),
            ConfigurationKey(
                "storage.\(name).loglevel",
                .word(S3Settings.logLevels),
                "taken, and without effect: metrics and traces tell of requests",
                default: "'off'",
                .version3
            ),
        ]
    }

    private static func s3Place(_ name: String) -> [ConfigurationKey] {
        [
            ConfigurationKey("storage.\(name).bucket", .text, "the bucket, which must be there", example: "registry")
                .required(),
            ConfigurationKey(
                "storage.\(name).region",
                .text,
                "its region; needed unless there is a `regionendpoint`",
                example: "eu-central-1"
            ),
            ConfigurationKey(
                "storage.\(name).regionendpoint",
                .url,
                "another server than Amazon's; a host alone will do",
                example: "https://s3.example.com"
            ),
            ConfigurationKey(
                "storage.\(name).redirectendpoint",
                .url,
                "the server that clients are sent to, where it has another name for them",
                example: "https://s3.example.com",
                .version3
            ),
            ConfigurationKey(
                "storage.\(name).forcepathstyle",
                .truth,
                "names the bucket in the path, and not in the host",
                example: "true",
                defaultWords: "true with a `regionendpoint`, else false",
                .version3
            ),
            ConfigurationKey(
                "storage.\(name).secure",
                .truth,
                "uses TLS, where `regionendpoint` does not say",
                default: "true"
            ),
            ConfigurationKey("storage.\(name).skipverify", .truth, "takes any certificate", default: "false"),
            ConfigurationKey(
                "storage.\(name).rootcertificates",
                .path(.read),
                "authorities that the server's certificate may come from, beside those of the system, in PEM form",
                example: "/etc/plimsoll/s3-ca.pem",
                .plimsoll
            ),
            ConfigurationKey("storage.\(name).usedualstack", .truth, "uses IPv6 too", default: "false", .version3),
            ConfigurationKey("storage.\(name).accelerate", .truth, "uses edge locations", default: "false", .version3),
            ConfigurationKey(
                "storage.\(name).usefipsendpoint",
                .truth,
                "uses endpoints that conform to FIPS",
                default: "false",
                .version3
            ),
        ]
    }

    private static func s3Content(_ name: String) -> [ConfigurationKey] {
        [
            ConfigurationKey("storage.\(name).rootdirectory", .text, "the folder in the bucket", example: "/registry"),
            ConfigurationKey("storage.\(name).encrypt", .truth, "has the store encrypt content", default: "false"),
            ConfigurationKey(
                "storage.\(name).keyid",
                .text,
                "the key of KMS for that",
                example: "alias/registry",
                defaultWords: "one of S3"
            ),
            ConfigurationKey(
                "storage.\(name).storageclass",
                .form("storage class", pattern: "^[A-Za-z_]+$"),
                "the class of all content, one of `\(S3Settings.storageClasses.joined(separator: "`, `"))`",
                default: "STANDARD"
            ),
            ConfigurationKey(
                "storage.\(name).objectacl",
                .word(S3Settings.objectACLs),
                "who may read content at the store",
                default: "private"
            ),
            ConfigurationKey(
                "storage.\(name).chunksize",
                .size,
                "the parts of an upload, of which up to four are in memory; at least 5 MiB",
                default: "10MiB"
            ),
            ConfigurationKey(
                "storage.\(name).multipartcopychunksize",
                .size,
                "the parts of a copy",
                default: "32MiB"
            ),
            ConfigurationKey(
                "storage.\(name).multipartcopymaxconcurrency",
                .number(from: 1),
                "parts of one copy at a time",
                default: "100"
            ),
            ConfigurationKey(
                "storage.\(name).multipartcopythresholdsize",
                .size,
                "up to this, content is copied whole",
                default: "32MiB"
            ),
        ]
    }
}
