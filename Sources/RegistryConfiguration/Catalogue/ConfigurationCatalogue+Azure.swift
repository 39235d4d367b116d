//
// This source file is part of the Plimsoll project.
// Licensed under the Apache License, Version 2.0. See LICENSE for details.
// SPDX-License-Identifier: Apache-2.0
//

extension ConfigurationCatalogue {
    static let azure: [ConfigurationKey] = [
        ConfigurationKey(
            "storage.azure",
            .choice,
            "keeps content in Azure's blob service ([Object storage](object-storage.md#azure))"
        ),
        ConfigurationKey("storage.azure.accountname", .text, "the storage account", example: "acme"),
        ConfigurationKey(
            "storage.azure.accountkey",
            .text,
            "the account's key, in base64",
            example: "Y2hhbmdlLW1l",
            defaultWords: "an identity, as `credentials` tells"
        ).secret(),
        ConfigurationKey(
            "storage.azure.sastoken",
            .text,
            "a shared access signature for the container, in place of the key; clients are then sent nowhere",
            example: "sv=2021-12-02&sr=c&sp=rwdl&sig=change-me",
            .plimsoll
        ).secret(),
        ConfigurationKey("storage.azure.container", .text, "the container, which must be there", example: "registry")
            .required(),
        ConfigurationKey(
            "storage.azure.connectionstring",
            .text,
            "names account, address and key or signature; wins over the keys beside it",
            example: "AccountName=acme;AccountKey=Y2hhbmdlLW1l",
            .version3
        ).secret(),
        ConfigurationKey("storage.azure.credentials", .section, "the identity that is let in", .version3),
        ConfigurationKey(
            "storage.azure.credentials.type",
            .word(AzureSettings.types),
            "`default_credentials` is what the environment or the platform gives: `AZURE_CLIENT_SECRET`, a workload "
                + "identity, a managed identity",
            example: "default_credentials",
            defaultWords: "the account's key if there is one, else `default_credentials`",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.credentials.clientid",
            .text,
            "the application, or the managed identity",
            example: "00000000-0000-0000-0000-000000000001",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.credentials.tenantid",
            .text,
            "the tenant",
            example: "00000000-0000-0000-0000-000000000002",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.credentials.secret",
            .text,
            "the application's secret",
            example: "change-me",
            .version3
        ).secret(),
        ConfigurationKey(
            "storage.azure.realm",
            .text,
            "the cloud's domain",
            default: "core.windows.net",
            example: "core.chinacloudapi.cn"
        ),
        ConfigurationKey(
            "storage.azure.serviceurl",
            .url,
            "the service's address, where it is not the account's own in the cloud",
            example: "https://acme.blob.example.com",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.rootdirectory",
            .text,
            "the folder in the container",
            example: "/registry",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.chunksize",
            .size,
            "the blocks of an upload, of which up to four are in memory; from 1 MiB to 4000 MiB",
            default: "10MiB",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.azure.max_retries",
            .number(from: -1),
            "tries of a request after the first; -1 is none, as 0 is",
            default: "5",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.retry_delay",
            .duration(zero: true),
            "the longest pause before the second try, which doubles from then on",
            default: "100ms",
            .version3
        ),
        ConfigurationKey("storage.azure.skipverify", .truth, "takes any certificate", default: "false", .version3),
        ConfigurationKey(
            "storage.azure.rootcertificates",
            .path(.read),
            "authorities that the service's certificate may come from, beside those of the system, in PEM form",
            example: "/etc/plimsoll/azure-ca.pem",
            .plimsoll
        ),
        ConfigurationKey(
            "storage.azure.copy_status_poll_max_retry",
            .number(from: -1),
            "taken, and without effect: copies are over when they are answered",
            default: "5",
            .version3
        ),
        ConfigurationKey(
            "storage.azure.copy_status_poll_delay",
            .duration(zero: true),
            "likewise",
            default: "100ms",
            .version3
        ),
    ]
}
