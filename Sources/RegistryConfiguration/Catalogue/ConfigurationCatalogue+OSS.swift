//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let oss: [ConfigurationKey] = [
        ConfigurationKey(
            "storage.oss",
            .choice,
            "keeps content in Aliyun OSS ([Object storage](object-storage.md#aliyun-oss))",
            .version2
        ),
        ConfigurationKey(
            "storage.oss.accesskeyid",
            .text,
            "the key's name",
            example: "LTAIEXAMPLE",
            defaultWords: "as the environment or the platform tells",
            .version2
        ).secret(),
        ConfigurationKey(
            "storage.oss.accesskeysecret",
            .text,
            "the key",
            example: "change-me",
            defaultWords: "likewise",
            .version2
        ).secret(),
        ConfigurationKey(
            "storage.oss.securitytoken",
            .text,
            "what belongs to a key that is good for a while",
            example: "change-me",
            defaultWords: "likewise",
            .plimsoll
        ).secret(),
        ConfigurationKey(
            "storage.oss.signatureversion",
            .word(OSSSettings.Signature.allCases.map(\.rawValue)),
            "how requests are signed",
            default: "v4",
            .plimsoll
        ),
        ConfigurationKey("storage.oss.bucket", .text, "the bucket, which must be there", example: "registry", .version2)
            .required(),
        ConfigurationKey(
            "storage.oss.region",
            .text,
            "its region, with or without `oss-` before it",
            example: "oss-cn-hangzhou",
            .version2
        ).required(),
        ConfigurationKey(
            "storage.oss.endpoint",
            .text,
            "the bucket's host",
            example: "registry.example.com",
            defaultWords: "`BUCKET.oss-REGION.aliyuncs.com`",
            .version2
        ),
        ConfigurationKey(
            "storage.oss.redirectendpoint",
            .text,
            "the host that clients are sent to, where it has another name for them",
            example: "registry.oss-cn-hangzhou.aliyuncs.com",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.oss.internal",
            .truth,
            "uses the address within Aliyun's own network",
            default: "false",
            .version2
        ),
        ConfigurationKey("storage.oss.secure", .truth, "uses TLS", default: "true", .version2),
        ConfigurationKey("storage.oss.encrypt", .truth, "has the store encrypt content", default: "false", .version2),
        ConfigurationKey(
            "storage.oss.encryptionkeyid",
            .text,
            "the key of KMS for that",
            example: "some-key",
            defaultWords: "one of OSS",
            .version2
        ),
        ConfigurationKey(
            "storage.oss.rootdirectory",
            .text,
            "the folder in the bucket",
            example: "/registry",
            .version2
        ),
        ConfigurationKey(
            "storage.oss.chunksize",
            .size,
            "the parts of an upload, of which up to four are in memory; at least 5 MiB",
            default: "10MiB",
            .version2
        ),
    ]
}
