//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let gcs: [ConfigurationKey] = [
        ConfigurationKey(
            "storage.gcs",
            .choice,
            "keeps content in Google Cloud Storage ([Object storage](object-storage.md#google-cloud-storage))"
        ),
        ConfigurationKey("storage.gcs.bucket", .text, "the bucket, which must be there", example: "registry")
            .required(),
        ConfigurationKey(
            "storage.gcs.keyfile",
            .path(.readSecret),
            "the JSON file with the key of a service account",
            example: "/etc/plimsoll/gcs-key.json",
            defaultWords: "`credentials`, or what `GOOGLE_APPLICATION_CREDENTIALS`, `gcloud` or the platform tells"
        ),
        ConfigurationKey(
            "storage.gcs.credentials",
            .choice,
            "what stands in such a file; used where there is no `keyfile`"
        ),
        member(
            "type",
            "service_account, the only type that is supported",
            example: "service_account"
        ),
        member(
            "project_id",
            "the account's project",
            example: "some-project"
        ),
        member(
            "private_key_id",
            "which of the account's keys it is",
            example: "0123456789abcdef"
        ),
        member(
            "private_key",
            "the key, in PEM form",
            example: "change-me"
        ).secret(),
        member(
            "client_email",
            "the account's address",
            example: "registry@some-project.iam.gserviceaccount.com"
        ),
        member(
            "client_id",
            "taken, and without effect",
            example: "\"1234567890\""
        ),
        member(
            "auth_uri",
            "taken, and without effect",
            example: "https://accounts.google.com/o/oauth2/auth"
        ),
        member(
            "token_uri",
            "where tokens are had",
            example: "https://oauth2.googleapis.com/token"
        ),
        member(
            "auth_provider_x509_cert_url",
            "taken, and without effect",
            example: "https://www.googleapis.com/oauth2/v1/certs"
        ),
        member(
            "client_x509_cert_url",
            "taken, and without effect",
            example: "https://www.googleapis.com/robot/v1/metadata/x509/registry"
        ),
        member(
            "universe_domain",
            "taken, and without effect",
            example: "googleapis.com"
        ),
        ConfigurationKey("storage.gcs.rootdirectory", .text, "the folder in the bucket", example: "/registry"),
        ConfigurationKey(
            "storage.gcs.chunksize",
            .size,
            "the parts of an upload, of which up to four are in memory; a multiple of 256 KiB",
            default: "16MiB"
        ),
        ConfigurationKey(
            "storage.gcs.maxconcurrency",
            .number(from: 0),
            "calls of the driver at a time; less than 25 is taken for 25",
            default: "50"
        ).effective { text in Int(text).map { "\(max($0, 25))" } ?? text },
        ConfigurationKey(
            "storage.gcs.useragent",
            .text,
            "stands before the server's own name in requests",
            example: "registry",
            .version3
        ),
    ]

    private static func member(_ name: String, _ meaning: String, example: String) -> ConfigurationKey {
        ConfigurationKey("storage.gcs.credentials.\(name)", .text, meaning, example: example)
    }
}
